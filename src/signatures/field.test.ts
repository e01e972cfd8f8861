import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  type BareItem,
  type Item,
  type Member,
  type Parameters,
  parseDictionary,
  parseItem,
  parseList,
} from './field.ts'
import { serializeDictionary, serializeItem, serializeList } from './serialize.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const folder = join(root, 'structured-fields')

type Case = {
  readonly name: string
  readonly raw?: readonly string[]
  readonly header_type: 'item' | 'list' | 'dictionary'
  readonly expected?: unknown
  readonly must_fail?: boolean
  readonly can_fail?: boolean
  readonly canonical?: readonly string[]
}

describe.skipIf(!existsSync(folder))('the outside vectors of structured fields', () => {
  const files = existsSync(folder) ? readdirSync(folder).filter((it) => it.endsWith('.json')) : []
  const read = (file: string): Case[] => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[]

  it.each(files.filter((it) => !it.startsWith('serialisation')))('%s is parsed as it says', (file) => {
    const cases = read(file)
    expect(cases.flatMap(faultOf)).toEqual([])
    expect(cases.length).toBeGreaterThan(0)
  })

  it.each(files.filter((it) => it.startsWith('serialisation')))('%s is written as it says', (file) => {
    for (const { name, header_type, expected, canonical } of read(file)) {
      const write = () => writeAs(header_type, expected)
      if (canonical === undefined) expect(write, name).toThrow(TypeError)
      else expect(write(), name).toBe(canonical[0])
    }
  })
})

describe('a field whose names come twice', () => {
  it('is refused where that is asked for, in a dictionary and in parameters', () => {
    expect(parseDictionary('a=1, a=2', { once: true })).toBe(null)
    expect(parseDictionary('a=1;b=1;b=1', { once: true })).toBe(null)
    expect(parseDictionary('a=(1;b;b)', { once: true })).toBe(null)
    expect(parseList('1;b;b', { once: true })).toBe(null)
  })

  it('lets the last one win elsewhere, as the standard says', () => {
    expect(parseDictionary('a=1, b=2, a=3')?.get('a')).toMatchObject({ item: { is: 'integer', value: 3 } })
  })
})

describe('a long field', () => {
  it.each(['('.repeat(50_000), '"'.repeat(50_000), 'a'.repeat(100_000), ';a'.repeat(50_000), '\\"'.repeat(50_000)])(
    'is read in one pass, case %#',
    (text) => {
      for (const parse of [parseDictionary, parseList, parseItem]) {
        const parsed = parse(`${text}\u0000`)
        expect(parsed).toBe(null)
      }
    },
  )
})

function faultOf(it: Case): string[] {
  const text = (it.raw ?? []).join(', ')
  const [parsed, written] = readAs(it.header_type, text)
  if (it.must_fail === true) return parsed === null ? [] : [`${it.name}: was taken`]
  if (parsed === null) return it.can_fail === true ? [] : [`${it.name}: was refused`]
  const found = JSON.stringify(parsed)
  if (found !== JSON.stringify(it.expected)) return [`${it.name}: ${found}`]
  const canonical = (it.canonical ?? it.raw ?? []).join(', ')
  return written === canonical ? [] : [`${it.name}: ${written}`]
}

function readAs(type: Case['header_type'], text: string): [unknown, string] {
  if (type === 'item') {
    const item = parseItem(text)
    return item === null ? [null, ''] : [plainMember(item), serializeItem(item)]
  }
  if (type === 'list') {
    const list = parseList(text)
    return list === null ? [null, ''] : [list.map(plainMember), serializeList(list)]
  }
  const dictionary = parseDictionary(text)
  if (dictionary === null) return [null, '']
  return [[...dictionary].map(([key, member]) => [key, plainMember(member)]), serializeDictionary(dictionary)]
}

type Plain = [unknown, [string, unknown][]]

function writeAs(type: Case['header_type'], expected: unknown): string {
  if (type === 'item') return serializeItem(plainItem(expected as Plain))
  if (type === 'list') return serializeList((expected as Plain[]).map(memberOf))
  return serializeDictionary(new Map((expected as [string, Plain][]).map(([key, it]) => [key, memberOf(it)])))
}

function memberOf([value, parameters]: Plain): Member {
  if (!Array.isArray(value)) return plainItem([value, parameters])
  return { items: value.map(plainItem), parameters: new Map(parameters.map(named)) }
}

function plainItem([value, parameters]: Plain): Item {
  return { item: itemOf(value), parameters: new Map(parameters.map(named)) }
}

function plainMember(member: Member): unknown {
  const parameters = plainParameters(member.parameters)
  return 'items' in member ? [member.items.map(plainMember), parameters] : [plain(member.item), parameters]
}

function plainParameters(parameters: Parameters): unknown {
  return [...parameters].map(([key, value]) => [key, plain(value)])
}

function plain(item: BareItem): unknown {
  if (item.is === 'token') return { __type: 'token', value: item.value }
  if (item.is === 'date') return { __type: 'date', value: item.value }
  if (item.is === 'display') return { __type: 'displaystring', value: item.value }
  return item.is === 'bytes' ? { __type: 'binary', value: base32(item.value) } : item.value
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const characters = (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)])
  return characters.join('').padEnd(Math.ceil(characters.length / 8) * 8, '=')
}

function itemOf(value: unknown): BareItem {
  if (typeof value === 'number') return { is: Number.isInteger(value) ? 'integer' : 'decimal', value }
  if (typeof value === 'string') return { is: 'string', value }
  if (typeof value === 'boolean') return { is: 'boolean', value }
  const { __type, value: text } = value as { __type: string; value: string }
  if (__type !== 'token') throw new Error(`the vectors have a ${__type}`)
  return { is: 'token', value: text }
}

function named([key, value]: [string, unknown]): [string, BareItem] {
  return [key, itemOf(value)]
}
