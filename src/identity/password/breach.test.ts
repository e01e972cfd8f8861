import { createHash } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../core/index.ts'
import { type Breaches, createBreaches } from './breach.ts'
import { createBreachFile, faultOfBreachFile } from './breach-file.ts'
import { type BreachSettings, PASSWORD_DEFAULTS } from './settings.ts'

type Answering = (request: IncomingMessage, response: ServerResponse) => void

let answer: Answering = (_request, response) => response.end()
const seen: { url: string | undefined; headers: IncomingMessage['headers']; body: string }[] = []
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    seen.push({ url: request.url, headers: request.headers, body })
    answer(request, response)
  })
})
const folder = mkdtempSync(join(tmpdir(), 'sallyport-breach-'))
const open: Breaches[] = []

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterEach(async () => {
  await Promise.all(open.splice(0).map((it) => it.stop()))
  seen.length = 0
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  server.closeAllConnections()
  server.close()
})

function openBreaches(settings: Partial<BreachSettings> = {}): Breaches {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`
  const breaches = createBreaches({ ...PASSWORD_DEFAULTS.breach, url, ...settings })
  open.push(breaches)
  return breaches
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex').toUpperCase()
}

function answering(...lines: string[]): Answering {
  return (_request, response) => response.end(lines.join('\r\n'))
}

const PASSWORD = new Secret('password')
// https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange: the hash of "password" begins with 5BAA6.
const PREFIX = '5BAA6'
const SUFFIX = '1E4C9B93F3F0682250B6CF8331B7EE68FD8'
const OTHER = '0018A45C4D1DEF81644B54AB7F969B88D65'

describe('a range service', () => {
  test('is sent five digits of the hash, asked for padding, and nothing else of the password', async () => {
    answer = answering(`${OTHER}:3`)
    await openBreaches().look(PASSWORD)
    expect(seen).toHaveLength(1)
    expect(seen[0]?.url).toBe(`/range/${PREFIX}`)
    expect(seen[0]?.headers['add-padding']).toBe('true')
    expect(seen[0]?.body).toBe('')
    const sent = JSON.stringify(seen)
    expect(sent).not.toContain('password')
    expect(sent).not.toContain(SUFFIX.slice(0, 8))
  })

  test.each([
    ['among others', [`${OTHER}:3`, `${SUFFIX}:9545824`], { is: 'breached', count: 9_545_824 }],
    ['in small letters', [`${SUFFIX.toLowerCase()}:7`], { is: 'breached', count: 7 }],
    ['as padding', [`${OTHER}:3`, `${SUFFIX}:0`], { is: 'clear' }],
    ['not at all', [`${OTHER}:3`], { is: 'clear' }],
  ])('has the password %s', async (_what, lines, expected) => {
    answer = answering(...(lines as string[]))
    expect(await openBreaches().look(PASSWORD)).toEqual(expected)
  })

  test('is asked for what was typed too where that is normalised to something else', async () => {
    const typed = 'ｐａｓｓｗｏｒｄ'
    const hash = sha1(typed)
    answer = (request, response) => {
      const isTyped = request.url?.endsWith(hash.slice(0, 5)) === true
      response.end(isTyped ? `${hash.slice(5)}:2` : `${OTHER}:3`)
    }
    expect(await openBreaches().look(new Secret(typed))).toEqual({ is: 'breached', count: 2 })
    expect(seen.map(({ url }) => url).sort()).toEqual([`/range/${hash.slice(0, 5)}`, `/range/${PREFIX}`].sort())
  })

  test('is not asked for what is too long for a password', async () => {
    expect(await openBreaches().look(new Secret('x'.repeat(1025)))).toEqual({ is: 'clear' })
    expect(seen).toEqual([])
  })

  test.each<readonly [what: string, why: string, answering: Answering]>([
    ['answers nothing', 'no answer within 300 ms', () => {}],
    ['stops in the middle', 'no answer within 300 ms', (_request, response) => response.write(`${OTHER}:3\r\n`)],
    ['hangs up', 'other side closed', (request) => request.socket.destroy()],
    ['is broken', 'the range service answered 500', (_request, response) => response.writeHead(500).end()],
    [
      'leads elsewhere',
      'the range service answered 302',
      (_request, response) => response.writeHead(302, { location: '/other/5BAA6' }).end(),
    ],
    ['is a page for people', 'the range service answered something else', answering('<!doctype html>', '<p>Hello')],
    ['says nothing', 'the range service answered something else', answering('')],
    [
      'has one line that is none',
      'the range service answered something else',
      answering(`${SUFFIX}:3`, `${OTHER}: many`),
    ],
    [
      'never ends',
      'the range service answered more than 1048576 bytes',
      (_request, response) => response.end(`${OTHER}:3\r\n`.repeat(100_000)),
    ],
  ])('that %s leaves the password unknown', async (_what, why, misbehaving) => {
    answer = misbehaving
    const look = openBreaches({ timeout: 300 }).look(PASSWORD)
    expect(await look).toEqual({ is: 'unknown', why: expect.stringContaining(why), mayPass: true })
  })

  test('that is not there leaves the password unknown, which may be told to refuse it', async () => {
    const gone = { url: 'http://127.0.0.1:1/range/' }
    expect(await openBreaches(gone).look(PASSWORD)).toMatchObject({ is: 'unknown', mayPass: true })
    const strict = { ...gone, refusePasswordsWhenUnreachable: true }
    expect(await openBreaches(strict).look(PASSWORD)).toMatchObject({ is: 'unknown', mayPass: false })
  })

  test('is asked for a bounded number at once', async () => {
    const held: ServerResponse[] = []
    answer = (_request, response) => held.push(response)
    const breaches = openBreaches({ timeout: 400 })
    const answers = await Promise.all(Array.from({ length: 70 }, () => breaches.look(PASSWORD)))
    const refused = answers.filter((it) => it.is === 'unknown' && it.why.includes('too many'))
    expect(refused).toHaveLength(6)
    expect(answers.every(({ is }) => is === 'unknown')).toBe(true)
    answer = answering(`${OTHER}:3`)
    expect(await breaches.look(PASSWORD)).toEqual({ is: 'clear' })
  })
})

test('switched off, nothing is asked and nothing is claimed', async () => {
  expect(await openBreaches({ mode: 'off' }).look(PASSWORD)).toEqual({ is: 'unchecked' })
  expect(seen).toEqual([])
})

const TEXTS = Array.from({ length: 3000 }, (_, i) => `password number ${i}`)
const COUNTS = new Map(TEXTS.map((text, i) => [sha1(text), (i % 1000) + 1]))
const SORTED = [...COUNTS.keys()].sort()

function linesOf(hashes: readonly string[]): string[] {
  return hashes.map((hash) => `${hash}:${COUNTS.get(hash)}`)
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('a list in a file', () => {
  test.each([
    ['with an end of line as Unix has it', (lines: string[]) => lines.map((line) => `${line}\n`).join('')],
    ['as Windows has it', (lines: string[]) => lines.map((line) => `${line}\r\n`).join('')],
    ['and none behind the last', (lines: string[]) => lines.join('\n')],
    ['in small letters', (lines: string[]) => lines.join('\n').toLowerCase()],
  ])('%s has each of its lines and none between', async (_what, join) => {
    const lookup = createBreachFile(write('list.txt', join(linesOf(SORTED))))
    const around = [SORTED[0], SORTED[1], SORTED[1499], SORTED.at(-2), SORTED.at(-1)] as string[]
    for (const hash of around) expect(await lookup(hash)).toBe(COUNTS.get(hash))
    const found = await Promise.all(SORTED.filter((_, i) => i % 10 === 0).map(lookup))
    expect(found).toEqual(SORTED.filter((_, i) => i % 10 === 0).map((hash) => COUNTS.get(hash)))
    const absent = ['0'.repeat(40), 'F'.repeat(40), ...TEXTS.slice(0, 100).map((text) => sha1(`not ${text}`))]
    expect(await Promise.all(absent.map(lookup))).toEqual(absent.map(() => 0))
  })

  test.each([1, 2, 3])('of %i lines has them all', async (length) => {
    const hashes = SORTED.slice(0, length)
    const lookup = createBreachFile(write('short.txt', linesOf(hashes).join('\n')))
    expect(await Promise.all(hashes.map(lookup))).toEqual(hashes.map((hash) => COUNTS.get(hash)))
    expect(await lookup('F'.repeat(40))).toBe(0)
  })

  test('answers for passwords, and at once from the file that took its place', async () => {
    const file = write('now.txt', linesOf(SORTED).join('\n'))
    const { look } = openBreaches({ mode: 'offline', file })
    expect(await look(new Secret('password number 41'))).toEqual({ is: 'breached', count: 42 })
    expect(await look(new Secret('password number 3000'))).toEqual({ is: 'clear' })
    renameSync(write('next.txt', `${sha1('password number 3000')}:1\n`), file)
    expect(await look(new Secret('password number 3000'))).toEqual({ is: 'breached', count: 1 })
    expect(seen).toEqual([])
  })

  test('that is gone leaves the password unknown', async () => {
    const { look } = openBreaches({ mode: 'offline', file: join(folder, 'gone.txt') })
    expect(await look(PASSWORD)).toMatchObject({ is: 'unknown', why: expect.stringContaining('ENOENT'), mayPass: true })
  })

  test('that is something else leaves the password unknown', async () => {
    const { look } = openBreaches({ mode: 'offline', file: write('else.txt', 'password\n'.repeat(5000)) })
    expect(await look(PASSWORD)).toMatchObject({ is: 'unknown', why: expect.stringContaining('HASH:COUNT') })
  })

  test('must be named', () => {
    expect(() => createBreaches({ ...PASSWORD_DEFAULTS.breach, mode: 'offline' })).toThrow('needs a file')
  })

  test.each([
    ['the list', linesOf(SORTED).join('\n'), null],
    ['one line', `${sha1('one')}:1\n`, null],
    ['nothing', '', 'it is empty'],
    ['sorted by count', linesOf(SORTED.toReversed()).join('\n'), 'it is not sorted by hash'],
    ['of NTLM hashes', `${'A'.repeat(32)}:1\n`.repeat(1000), 'HASH:COUNT'],
    ['without counts', SORTED.join('\n'), 'HASH:COUNT'],
    ['compressed', '\u001f\u008b\u0000'.repeat(5000), 'HASH:COUNT'],
  ])('that is %s is known before it is used', async (_what, text, fault) => {
    const found = await faultOfBreachFile(write('candidate.txt', text))
    if (fault === null) expect(found).toBeNull()
    else expect(found).toContain(fault)
  })

  test('that is not there is known before it is used', async () => {
    expect(await faultOfBreachFile(join(folder, 'gone.txt'))).toContain('ENOENT')
  })
})
