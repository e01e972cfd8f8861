import { isSecretName } from './secret-names.ts'

export const MARK = '[redacted]'
const CUT = ' [cut]'
const LONGEST = 65_536
const KEPT = LONGEST / 4

// Only a text that one of these finds is looked at further: most texts have nothing that even resembles a secret.
const SUSPICIOUS = /_(?:live|test|dev|int)_|eyJ|-----BEGIN|:\/\/[^\s/]*@|[:=]|bearer/i

/**
 * Takes every secret out of a text that is known by its form (keys of ours, JSON Web Tokens, PEM private keys,
 * credentials in an address, `Bearer …`) or by the name in front of it (`password=…`, `"token": "…"`). Takes linear
 * time; a text over 64 KiB is cut. Doing it twice changes nothing more.
 *
 * @example redactText('GET /a?api_key=123') // 'GET /a?api_key=[redacted]'
 */
export function redactText(text: string): string {
  const cut = text.length > LONGEST ? text.slice(0, KEPT) + CUT : text
  if (!SUSPICIOUS.test(cut)) return cut
  const out = withoutSecrets(cut)
  return out.length > LONGEST ? withoutSecrets(out.slice(0, KEPT) + CUT) : out
}

function withoutSecrets(text: string): string {
  const known = text
    .replace(PEM, MARK)
    .replace(ADDRESS_CREDENTIALS, `://${MARK}@`)
    .replace(WORD, (word) => (isKeyOrToken(word) ? MARK : word))
  return withoutNamed(known)
}

const PEM = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,32}PRIVATE KEY-----|$)/g
const ADDRESS_CREDENTIALS = /:\/\/[^\s/?#]*@/g

// A run of the characters that keys and tokens are made of. Runs do not overlap, so looking into each is linear.
const WORD = /[A-Za-z0-9._~+-]{20,}/g
const OWN_KEY = /_(?:live|test|dev|int)_[A-Za-z0-9]{16}/
const JWT = /eyJ[A-Za-z0-9_-]{5}/

function isKeyOrToken(word: string): boolean {
  return OWN_KEY.test(word) || (JWT.test(word) && word.indexOf('.', word.indexOf('eyJ')) !== -1)
}

// A token of its own is longer than any word that may follow "bearer".
const SEPARATOR = /[:=]|\bbearer(?= [A-Za-z0-9._~+/-]{12})/gi
const NAME_BEFORE = /([A-Za-z0-9_.-]{1,128})["'\\]{0,3} {0,2}$/
const LONGEST_BEFORE = 136
const SCHEME = '(?:(?:bearer|basic|digest|apikey|token) {1,2})?'
// A JSON text within a JSON text has its quotes escaped; then the next quote ends it, however it is escaped.
const QUOTED = String.raw`\\{1,3}"[^"]*"?|"(?:[^"\\]|\\[^])*"?|'[^']*'?`
const BARE = String.raw`[^\s"'&,;<>(){}\\]+`
const VALUE = new RegExp(` {0,3}${SCHEME}(?:${QUOTED}|${BARE})`, 'iy')

// What follows a secret name and its separator, up to where such a value ends.
function withoutNamed(text: string): string {
  let out = ''
  let done = 0
  SEPARATOR.lastIndex = 0
  for (let found = SEPARATOR.exec(text); found !== null; found = SEPARATOR.exec(text)) {
    if (found.index < done || !isNamedSecret(text, found)) continue
    VALUE.lastIndex = found.index + found[0].length
    const value = VALUE.exec(text)
    if (value === null) continue
    out += text.slice(done, found.index + found[0].length) + quoted(value[0])
    done = VALUE.lastIndex
    SEPARATOR.lastIndex = done
  }
  return out + text.slice(done)
}

function isNamedSecret(text: string, found: RegExpExecArray): boolean {
  if (found[0].length > 1) return true
  const before = NAME_BEFORE.exec(text.slice(Math.max(0, found.index - LONGEST_BEFORE), found.index))
  return before !== null && isSecretName(before[1] ?? '')
}

// Blanks and quotes stay, so that JSON stays JSON.
function quoted(value: string): string {
  const [, start = '', quote = ''] = /^( *(?:\\*(["']))?)/.exec(value) ?? []
  const end = quote === '' ? '' : (/\\*["']$/.exec(value.slice(start.length))?.[0] ?? '')
  return start + MARK + (end.endsWith(quote) ? end : '')
}
