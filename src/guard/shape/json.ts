import { isUtf8 } from 'node:buffer'
import {
  behindNumber,
  behindSpace,
  behindText,
  behindWord,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  type Source,
  said,
  sourceOf,
} from './json-text.ts'
import { type Names, namesIn } from './names.ts'
import { pointerOf } from './pointer.ts'

/** How far a JSON text may go. */
export type JsonBounds = {
  /** Lists and objects in each other. */
  readonly depth: number
  /** Elements of one list. */
  readonly items: number
  /** Members of one object. */
  readonly keys: number
}

export type JsonFault =
  | 'not UTF-8'
  | 'byte order mark'
  | 'not JSON'
  | 'trailing'
  | 'half a character'
  | 'number'
  | 'duplicate'
  | 'prototype'
  | 'depth'
  | 'items'
  | 'keys'

/** What is wrong with a text, and where: a JSON Pointer (RFC 6901) to the value, empty for the whole. */
export type FoundFault = { readonly fault: JsonFault; readonly pointer: string }

/** A list or an object that is open: of a list how many elements began, of an object where its last name stands. */
type Frame = { readonly isList: boolean; readonly within: string; count: number; start: number; end: number }

type Walk = {
  readonly text: string
  readonly source: Source
  readonly bounds: JsonBounds
  readonly frames: Frame[]
  readonly names: Names
  /** There may be a name among them that reaches a prototype. */
  readonly wary: boolean
  at: number
  fault: JsonFault | null
}

/**
 * Looks through a JSON text once, without making values of it: whether it is JSON (RFC 8259) that every reader takes alike
 * (RFC 7493), and within bounds. What `JSON.parse` refuses is refused here.
 *
 * @param bytes the body as it came
 * @returns null when nothing is wrong with it
 * @example faultOfJson(Buffer.from('{"a":[{"b":1,"b":2}]}'), bounds) // { fault: 'duplicate', pointer: '/a/0/b' }
 */
export function faultOfJson(bytes: Uint8Array, bounds: JsonBounds): FoundFault | null {
  if (!isUtf8(bytes)) return { fault: 'not UTF-8', pointer: '' }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  if (text.startsWith(BYTE_ORDER_MARK)) return { fault: 'byte order mark', pointer: '' }
  const walk: Walk = {
    text,
    source: sourceOf(text),
    bounds,
    frames: [],
    names: namesIn(text),
    wary: DANGEROUS.some((word) => text.includes(word)),
    at: behindSpace(text, 0),
    fault: null,
  }
  readValue(walk)
  while (walk.fault === null && walk.frames.length > 0) readOn(walk)
  if (walk.fault === null && behindSpace(text, walk.at) < text.length) walk.fault = 'trailing'
  return walk.fault === null ? null : { fault: walk.fault, pointer: pointerOf(text, walk.frames) }
}

// One value, or the opening of one that holds others.
function readValue(walk: Walk): void {
  const { text, at } = walk
  const code = text.charCodeAt(at)
  if (code === QUOTE) goTo(walk, behindText(walk.source, at), 'half a character')
  else if (code === OPEN_OBJECT || code === OPEN_LIST) open(walk, code === OPEN_LIST)
  else if (code === 0x74 || code === 0x66 || code === 0x6e) goTo(walk, behindWord(text, at), 'not JSON')
  else goTo(walk, behindNumber(text, at), 'number')
}

function goTo(walk: Walk, end: number, otherwise: JsonFault): void {
  if (end < 0) walk.fault = end === -1 ? 'not JSON' : otherwise
  else walk.at = end
}

function open(walk: Walk, isList: boolean): void {
  const { frames, bounds, names } = walk
  if (frames.length >= bounds.depth) {
    walk.fault = 'depth'
    return
  }
  frames.push({ isList, within: walk.wary ? lastName(walk) : '', count: 0, start: 0, end: 0 })
  if (!isList) names.open()
  walk.at = behindSpace(walk.text, walk.at + 1)
  if (walk.text.charCodeAt(walk.at) === (isList ? CLOSE_LIST : CLOSE_OBJECT)) close(walk)
  else enter(walk)
}

function close(walk: Walk): void {
  if (walk.frames.pop()?.isList === false) walk.names.close()
  walk.at++
}

// What follows a value inside of a list or an object.
function readOn(walk: Walk): void {
  const { text, frames } = walk
  const { isList } = frames[frames.length - 1] as Frame
  walk.at = behindSpace(text, walk.at)
  const code = text.charCodeAt(walk.at)
  if (code === (isList ? CLOSE_LIST : CLOSE_OBJECT)) close(walk)
  else if (code === COMMA) {
    walk.at = behindSpace(text, walk.at + 1)
    enter(walk)
  } else walk.fault = 'not JSON'
}

// The next element or member of the innermost one.
function enter(walk: Walk): void {
  const frame = walk.frames[walk.frames.length - 1] as Frame
  frame.count++
  if (frame.isList) {
    if (frame.count > walk.bounds.items) walk.fault = 'items'
  } else readName(walk, frame)
  if (walk.fault === null) readValue(walk)
}

function readName(walk: Walk, frame: Frame): void {
  const { text, at } = walk
  if (frame.count > walk.bounds.keys) {
    walk.fault = 'keys'
    return
  }
  goTo(walk, text.charCodeAt(at) === QUOTE ? behindText(walk.source, at) : -1, 'half a character')
  if (walk.fault !== null) return
  frame.start = at + 1
  frame.end = walk.at - 1
  const escaped = walk.source.nextBackslash < frame.end
  if (!walk.names.isNew(frame.start, frame.end, escaped)) walk.fault = 'duplicate'
  else if (walk.wary && reachesPrototype(said(text, frame.start, frame.end), frame.within)) walk.fault = 'prototype'
  else readColon(walk)
}

function readColon(walk: Walk): void {
  const colon = behindSpace(walk.text, walk.at)
  if (walk.text.charCodeAt(colon) === COLON) walk.at = behindSpace(walk.text, colon + 1)
  else walk.fault = 'not JSON'
}

// Names are looked at one by one only where one of these words, or an escape that may hide one, is anywhere in the text.
const DANGEROUS = ['__proto__', 'constructor', '\\u']

const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'

function lastName({ text, frames }: Walk): string {
  const frame = frames.at(-1)
  return frame === undefined || frame.isList ? '' : said(text, frame.start, frame.end)
}

// Names that are paths (`a.__proto__.b`, `a[constructor][prototype]`) are read as such by libraries that set by path.
function reachesPrototype(name: string, within: string): boolean {
  const parts = name.split(/[.[\]'"]+/)
  if (parts.includes('__proto__')) return true
  const maker = parts.indexOf('constructor')
  if (maker !== -1 && parts[maker + 1] === 'prototype') return true
  return name === 'prototype' && within === 'constructor'
}
