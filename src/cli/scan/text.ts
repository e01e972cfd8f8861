import type { Finding } from './finding.ts'
import type { ScanReport } from './scan.ts'

/** The report for people: a line for each finding, then what was looked through and what to do. */
export function textOf({ findings, known, scanned, unread, remarks }: ScanReport): string {
  const looked = `${count(scanned.files, 'file')} and ${count(scanned.objects, 'object')} of history`
  const ignored = known === 0 ? '' : ` ${count(known, 'known finding')} of the baseline left out.`
  const notRead = unread.map(({ path, reason }) => `not looked through: ${path}: ${reason}`)
  const end =
    findings.length === 0
      ? `No key in ${looked}.${ignored}`
      : `${count(keysOf(findings), 'key')} found in ${count(findings.length, 'place')}, in ${looked}.${ignored}\n${NEXT}`
  return [...findings.map(lineOf), ...notRead, ...remarks].map(printable).concat(end).join('\n')
}

const NEXT =
  'Whoever read a key has it: revoke it (sallyport keys revoke ID, or keys leaked - with the key), then take it out.'

function lineOf({ path, line, column, hint, keyId, commit, authorDate, level, status, place }: Finding): string {
  const from =
    commit === null ? '' : ` in commit ${commit.slice(0, 12)}${authorDate === null ? '' : ` of ${authorDate}`}`
  const staged = place === 'history' && commit === null ? ' in the index or a tag' : ''
  const known = status === undefined ? '' : ` (${status})`
  return `${path}:${line}:${column}: ${level}: ${hint} ${keyId}${known}${from}${staged}`
}

function keysOf(findings: readonly Finding[]): number {
  return new Set(findings.map(({ keyId }) => keyId)).size
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`
}

// A file may be called anything; its name must not move the cursor or colour the terminal.
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '�')
}
