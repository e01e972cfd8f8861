import type { EventInput, Exchange, Problem } from '../../core/index.ts'
import { answerEvent } from '../errors/event.ts'
import { refuseAnswer } from '../errors/problems.ts'
import type { Finder, Leak, LeakKind } from './find.ts'
import { findCloudKeys, findPrivateKeys, type OwnKeys, ownKeyFinder } from './keys.ts'
import { numberFinder } from './numbers.ts'

type Act = 'mask' | 'block'

/** What is looked for in answers, and what is done where it is found; null is not looked for. */
export type LeakSettings = { readonly [kind in LeakKind]: Act | null } & {
  /** Bytes that are looked through. */
  readonly maxBody: number
  /** What becomes of a larger answer, and of one that never ends. */
  readonly larger: 'block' | 'pass-unseen'
}

export type LeakDeps = { readonly own: OwnKeys; readonly record: (event: EventInput) => void }

type Head = { readonly status: number; readonly type: string | undefined; readonly encoding: string | undefined }
type Answer = Head & { readonly bytes: Buffer }
type Ruled =
  | { readonly is: 'same' }
  | { readonly is: 'body'; readonly bytes: Buffer }
  | { readonly is: 'deny'; readonly problem: Problem }

const TEXT = /^(text\/|application\/([a-z0-9.!#$&^_-]+\+)?(json|xml|javascript|x-www-form-urlencoded|x-ndjson|yaml)\b)/i
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]+)/i

/**
 * The rule about secrets and personal data in answers: they are masked, or the answer is not let out. Texts of all kinds are
 * looked through; of what is no text nothing is known.
 *
 * Errors: `ANSWER_BLOCKED`. Events: `answer.leak_found`, with kinds and how many, never with what was found.
 *
 * @returns null when nothing is looked for
 */
export function leakRule(settings: LeakSettings, { own, record }: LeakDeps) {
  const find = finderOf(settings, own)
  if (find === null) return null
  const unseen = settings.larger === 'pass-unseen'
  return Object.freeze({
    name: 'leaks',
    maxBody: settings.maxBody,
    whole: true,
    ...(unseen ? { larger: 'pass' as const } : {}),
    look: (_: Exchange, head: Head): 'read' | 'pass' | Problem => {
      if (!isText(head.type)) return 'pass'
      const why = unreadable(head)
      if (why === null) return 'read'
      return unseen && why === 'a stream of events' ? 'pass' : refuseAnswer('ANSWER_BLOCKED', { reason: why })
    },
    judge: (exchange: Exchange, { type, bytes }: Answer): Ruled => {
      const text = bytes.toString('latin1')
      const leaks = find(text)
      if (leaks.length === 0) return SAME
      const blocked = leaks.find(({ kind }) => settings[kind] === 'block')
      record(answerEvent('answer.leak_found', exchange, { action: blocked ? 'block' : 'mask', ...told(leaks) }))
      if (blocked !== undefined)
        return { is: 'deny', problem: refuseAnswer('ANSWER_BLOCKED', { reason: `holds ${blocked.kind}` }) }
      return { is: 'body', bytes: Buffer.from(maskIn(text, leaks, /json/i.test(type ?? '')), 'latin1') }
    },
  })
}

const SAME = Object.freeze({ is: 'same' as const })

function isText(type: string | undefined): boolean {
  // Of what does not say what it is, or says two things, a browser might make a text.
  return type === undefined || type === 'several' || TEXT.test(type)
}

function unreadable({ type = '', encoding }: Head): string | null {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return 'compressed'
  const charset = CHARSET.exec(type)?.[1]?.toLowerCase()
  if (charset !== undefined && !/^(utf-8|utf8|us-ascii|iso-8859-\d+|windows-125\d)$/.test(charset))
    return 'another charset'
  return /^text\/event-stream/i.test(type) ? 'a stream of events' : null
}

function finderOf(settings: LeakSettings, own: OwnKeys): Finder | null {
  const { card, ssn } = settings
  const finders: readonly (Finder | false)[] = [
    (card !== null || ssn !== null) && numberFinder({ card: card !== null, ssn: ssn !== null }),
    settings.privateKey !== null && findPrivateKeys,
    settings.cloudKey !== null && findCloudKeys,
    settings.ownKey !== null && ownKeyFinder(own),
  ]
  const asked = finders.filter((it) => it !== false)
  return asked.length === 0 ? null : (text) => asked.flatMap((find) => find(text))
}

function told(leaks: readonly Leak[]): { readonly kinds: string; readonly count: number } {
  return { kinds: [...new Set(leaks.map(({ kind }) => kind))].sort().join(', '), count: leaks.length }
}

/** The text with everything that was found masked. A number in JSON becomes a text, so that it stays JSON. */
export function maskIn(text: string, leaks: readonly Leak[], json: boolean): string {
  const inOrder = [...leaks].sort((a, b) => a.start - b.start)
  const inText = json ? insideTexts(text, inOrder) : null
  let [masked, at] = ['', 0]
  inOrder.forEach(({ start, end, mask }, i) => {
    if (start < at) return
    masked += text.slice(at, start) + (inText === null || inText[i] === true ? mask : `"${mask}"`)
    at = end
  })
  return masked + text.slice(at)
}

function insideTexts(json: string, leaks: readonly Leak[]): readonly boolean[] {
  let [inside, at] = [false, 0]
  return leaks.map(({ start }) => {
    for (; at < start; at++) {
      const code = json.charCodeAt(at)
      if (code === 92) at++
      else if (code === 34) inside = !inside
    }
    return inside
  })
}
