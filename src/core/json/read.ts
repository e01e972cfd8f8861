import { isUtf8 } from 'node:buffer'
import { behindNumber, behindSpace, behindString, behindWord, codeAt, isDigit } from './grammar.ts'
import { mayReachPrototype, reachesPrototype, seenWith } from './names.ts'
import { pointerTo } from './pointer.ts'
import type { FoundFault, JsonBounds, JsonFault, JsonRules } from './rules.ts'
import type { JsonText } from './text.ts'

const WIDTH = 3
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** What is answered in place of a position: it is not what it should be, two readers may take it differently, it is too deep. */
const [WRONG, ODD, TOO_DEEP] = [-1, -2, -3]

/** A text while it is read. What reads a part of it answers the position behind that, or a negative number. */
type Reading = {
  readonly bytes: Buffer
  readonly plain: boolean
  // One by one: rules of several forms would make every reading of them slower.
  readonly deepest: number
  readonly items: number
  readonly keys: number
  readonly alike: boolean
  /** Names are looked at one by one only where one that reaches a prototype may be among them. */
  readonly wary: boolean
  /** The names of objects that have many, by their places. */
  readonly many: Map<number, Set<string>>
  places: Int32Array
  count: number
  fault: JsonFault
}

/** How many lists and objects in each other are followed at all. */
const DEEPEST = 256

const ANY: JsonRules = { depth: 64, items: 2 ** 30, keys: 2 ** 30, alike: false }

/**
 * Reads a body that is known to be UTF-8. Names may come twice, and numbers be of any size.
 *
 * @returns null where it is no JSON, or more than 64 lists and objects are in each other
 */
export function readJson(body: Uint8Array): JsonText | null {
  const reading = startOn(body, ANY)
  return readWhole(reading) ? reading : null
}

/**
 * Looks through a JSON text once, without making values of it: whether it is JSON (RFC 8259) that every reader takes alike
 * (RFC 7493), and within bounds. What `JSON.parse` refuses is refused here.
 *
 * @param body as it came
 * @returns null when nothing is wrong with it
 * @example faultOfJson(Buffer.from('{"a":[{"b":1,"b":2}]}'), bounds) // { fault: 'duplicate', pointer: '/a/0/b' }
 */
export function faultOfJson(body: Uint8Array, { depth, items, keys }: JsonBounds): FoundFault | null {
  if (!isUtf8(body)) return { fault: 'not UTF-8', pointer: '' }
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) return { fault: 'byte order mark', pointer: '' }
  const reading = startOn(body, { depth, items, keys, alike: true })
  return readWhole(reading) ? null : { fault: reading.fault, pointer: pointerTo(reading) }
}

function startOn(body: Uint8Array, { depth, items, keys, alike }: JsonRules): Reading {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const plain = !bytes.includes(BACKSLASH)
  return {
    bytes,
    plain,
    deepest: Math.min(depth, DEEPEST),
    items,
    keys,
    alike,
    wary: alike && mayReachPrototype(bytes, plain),
    many: new Map(),
    places: new Int32Array((bytes.length >> 1) + WIDTH),
    count: 0,
    fault: 'not JSON',
  }
}

function readWhole(reading: Reading): boolean {
  const { bytes } = reading
  const end = readValue(reading, behindSpace(bytes, 0), 0)
  if (end < 0) return false
  if (behindSpace(bytes, end) === bytes.length) return true
  reading.fault = 'trailing'
  return false
}

function refuse(reading: Reading, fault: JsonFault): number {
  reading.fault = fault
  return WRONG
}

function readValue(reading: Reading, at: number, depth: number): number {
  const { bytes } = reading
  const place = begin(reading, at)
  if (at >= bytes.length) return WRONG
  const code = bytes[at] as number
  let end = WRONG
  if (code === QUOTE) end = behindString(bytes, at, reading.alike)
  else if (code === OPEN_OBJECT) end = depth < reading.deepest ? readMembers(reading, at, depth, place) : TOO_DEEP
  else if (code === OPEN_LIST) end = depth < reading.deepest ? readElements(reading, at, depth) : TOO_DEEP
  else if (code === MINUS || isDigit(code)) end = behindNumber(bytes, at, reading.alike)
  else end = behindWord(bytes, at, code)
  if (end < WRONG) end = refuse(reading, end === TOO_DEEP ? 'depth' : code === QUOTE ? 'half a character' : 'number')
  reading.places[place * WIDTH + 1] = end
  reading.places[place * WIDTH + 2] = reading.count
  return end
}

function begin(reading: Reading, at: number): number {
  const place = reading.count++
  if (reading.count * WIDTH > reading.places.length) grow(reading)
  reading.places[place * WIDTH] = at
  return place
}

function grow(reading: Reading): void {
  const more = new Int32Array(reading.places.length * 2 + WIDTH)
  more.set(reading.places)
  reading.places = more
}

function readElements(reading: Reading, at: number, depth: number): number {
  const { bytes } = reading
  let i = behindSpace(bytes, at + 1)
  if (codeAt(bytes, i) === CLOSE_LIST) return i + 1
  for (let began = 1; ; began++) {
    if (began > reading.items) return refuseElement(reading, i)
    const end = readValue(reading, i, depth + 1)
    if (end === WRONG) return WRONG
    i = behindSpace(bytes, end)
    const code = codeAt(bytes, i)
    if (code === CLOSE_LIST) return i + 1
    if (code !== COMMA) return WRONG
    i = behindSpace(bytes, i + 1)
  }
}

function refuseElement(reading: Reading, at: number): number {
  begin(reading, at)
  return refuse(reading, 'items')
}

function readMembers(reading: Reading, at: number, depth: number, object: number): number {
  const { bytes } = reading
  let i = behindSpace(bytes, at + 1)
  if (codeAt(bytes, i) === CLOSE_OBJECT) return i + 1
  let seen = 0
  for (let began = 1; ; began++) {
    if (began > reading.keys) return refuse(reading, 'keys')
    const name = reading.count
    const behindName = readName(reading, i)
    if (behindName === WRONG) return WRONG
    if (reading.alike) {
      seen = seenWith(reading, object, name, began, seen)
      if (seen === 0) return refuse(reading, 'duplicate')
      if (reading.wary && reachesPrototype(reading, object, name)) return refuse(reading, 'prototype')
    }
    const colon = behindSpace(bytes, behindName)
    if (codeAt(bytes, colon) !== COLON) return WRONG
    const end = readValue(reading, behindSpace(bytes, colon + 1), depth + 1)
    if (end === WRONG) return WRONG
    i = behindSpace(bytes, end)
    const code = codeAt(bytes, i)
    if (code === CLOSE_OBJECT) return i + 1
    if (code !== COMMA) return WRONG
    i = behindSpace(bytes, i + 1)
  }
}

function readName(reading: Reading, at: number): number {
  if (codeAt(reading.bytes, at) !== QUOTE) return WRONG
  const end = behindString(reading.bytes, at, reading.alike)
  if (end < 0) return end === ODD ? refuse(reading, 'half a character') : WRONG
  const name = begin(reading, at)
  reading.places[name * WIDTH + 1] = end
  return end
}
