/** What is wrong with an answer, as a sentence; null when the page shows what came. */
export type Difference = string | null

/** Holds what a page shows against what came. */
export function differenceOf(language: string, shown: string, came: string): Difference {
  if (language === 'json') return jsonDifference(shown, came)
  return language === 'http' ? httpDifference(shown, came) : textDifference(shown, came)
}

function textDifference(shown: string, came: string): Difference {
  const lines = tidy(shown).map(
    (line, i, all) => linePattern(line) + (line === '…' || i === all.length - 1 ? '' : '\n'),
  )
  const fits = new RegExp(`^${lines.join('')}$`).test(tidy(came).join('\n'))
  return fits ? null : 'the answer is another'
}

function tidy(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/ {2,}/g, ' ').trimEnd())
  return lines.join('\n').trim().split('\n')
}

function linePattern(line: string): string {
  return line === '…' ? '(?:.*\\n)*?(?:.*$)?' : wildcard(line)
}

function wildcard(text: string): string {
  return text
    .split('…')
    .map((part) => RegExp.escape(part))
    .join('.*')
}

function jsonDifference(shown: string, came: string): Difference {
  const wanted = parsed(shown)
  if (wanted === undefined) return 'the page shows something that is not JSON'
  const got = parsed(came)
  return got === undefined ? 'the answer is not JSON' : valueDifference(wanted, got, 'the answer')
}

function valueDifference(wanted: unknown, got: unknown, at: string): Difference {
  if (Array.isArray(wanted)) return listDifference(wanted, got, at)
  if (typeof wanted === 'object' && wanted !== null) return objectDifference(wanted, got, at)
  if (wanted === '…') return null
  const fits =
    typeof wanted === 'string' && typeof got === 'string'
      ? new RegExp(`^${wildcard(wanted)}$`, 's').test(got)
      : wanted === got
  return fits ? null : `${at} is ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`
}

function listDifference(wanted: readonly unknown[], got: unknown, at: string): Difference {
  if (!Array.isArray(got)) return `${at} is no list`
  const open = wanted.at(-1) === '…'
  const shown = open ? wanted.slice(0, -1) : wanted
  if (open ? got.length < shown.length : got.length !== shown.length) return `${at} has ${got.length} items`
  return firstOf(shown, (item, i) => valueDifference(item, got[i], `${at}[${i}]`))
}

function objectDifference(wanted: object, got: unknown, at: string): Difference {
  if (typeof got !== 'object' || got === null) return `${at} is ${JSON.stringify(got)}, no object`
  return firstOf(Object.entries(wanted), ([name, value]) =>
    name in got
      ? valueDifference(value, (got as Record<string, unknown>)[name], `${at}.${name}`)
      : `${at}.${name} is missing`,
  )
}

function firstOf<T>(items: readonly T[], look: (item: T, i: number) => Difference): Difference {
  for (const [i, item] of items.entries()) {
    const found = look(item, i)
    if (found !== null) return found
  }
  return null
}

function httpDifference(shown: string, came: string): Difference {
  const [wanted, got] = [readHttp(shown), readHttp(came)]
  if (!new RegExp(`^${wildcard(wanted.status)}$`).test(got.status)) return `the status is "${got.status}"`
  const wrong = wanted.headers.find((line) => !got.headers.some((one) => new RegExp(`^${wildcard(line)}$`).test(one)))
  if (wrong !== undefined) return `there is no header "${wrong}"`
  if (wanted.body === '') return null
  return wanted.body.startsWith('{') ? jsonDifference(wanted.body, got.body) : textDifference(wanted.body, got.body)
}

function readHttp(text: string) {
  const [head = '', ...rest] = text.replaceAll('\r', '').trim().split('\n\n')
  const [status = '', ...headers] = head.split('\n')
  const named = headers.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()).trim())
  return { status: status.trim(), headers: named, body: rest.join('\n\n').trim() }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
