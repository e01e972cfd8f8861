import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Answering, HeadRule } from './rules.ts'

/** What is said in the head of one answer, and of whom. */
type Speech = { readonly rules: Map<string, HeadRule>; readonly of: () => Omit<Answering, 'headers'> }

const speeches = new WeakMap<ServerResponse, Speech>()
const ours = new WeakSet<ServerResponse>()

/** The answer is a guard's: nothing in it is the application's to say. */
export function isOurs(response: ServerResponse): void {
  ours.add(response)
}

/**
 * Has a rule speak in the head of an answer, whoever writes that and however. Of rules of one name the last one speaks.
 *
 * @param of what is known of the request when the head is written
 */
export function speakIn(response: ServerResponse, rule: HeadRule, of: Speech['of']): void {
  const known = speeches.get(response)
  if (known !== undefined) {
    known.rules.set(rule.name, rule)
    return
  }
  const speech: Speech = { rules: new Map([[rule.name, rule]]), of }
  speeches.set(response, speech)
  const writeHead = response.writeHead
  // Node itself calls this too, for an answer whose head nobody wrote.
  response.writeHead = (status: number, ...rest: readonly unknown[]) => {
    if (typeof rest[0] === 'string') response.statusMessage = rest[0]
    if (!response.headersSent) {
      setAll(response, pairsOf(rest.at(-1)))
      speak(response, speech)
    }
    return writeHead.call(response, status)
  }
}

function speak(response: ServerResponse, { rules, of }: Speech): void {
  const isGuards = ours.has(response)
  const answering = { ...of(), headers: isGuards ? null : textsOf(response.getHeaders()) }
  const lines: string[] = []
  for (const rule of rules.values()) {
    if (!isGuards) for (const name of rule.replaces) response.removeHeader(name)
    rule.write(lines, answering)
  }
  setAll(response, pairsOf(lines))
}

type Pair = readonly [name: string, value: OutgoingHttpHeader]

// As node takes them: names with values, names and values in turn, or pairs.
function pairsOf(given: unknown): readonly Pair[] {
  if (typeof given !== 'object' || given === null) return []
  if (!Array.isArray(given)) return Object.entries(given as OutgoingHttpHeaders).flatMap(pairOf)
  if (Array.isArray(given[0])) return given as Pair[]
  return given.flatMap((name, i) => (i % 2 === 0 ? [[String(name), given[i + 1] as OutgoingHttpHeader] as const] : []))
}

function pairOf([name, value]: [string, OutgoingHttpHeader | undefined]): Pair[] {
  return value === undefined ? [] : [[name, value]]
}

function setAll(response: ServerResponse, pairs: readonly Pair[]): void {
  const fields = new Map<string, { readonly name: string; readonly values: string[] }>()
  for (const [name, value] of pairs) {
    const field = fields.get(name.toLowerCase()) ?? { name, values: [] }
    fields.set(name.toLowerCase(), field)
    field.values.push(...[value].flat().map(String))
  }
  for (const { name, values } of fields.values())
    response.setHeader(name, values.length === 1 ? (values[0] as string) : values)
}

function textsOf(headers: OutgoingHttpHeaders): Answering['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]),
  )
}
