import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault, readUrl } from './url.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const outside = join(root, 'url-parsing')

describe('an address that somebody gives', () => {
  it.each([
    ['https://hooks.example.com/keys?a=1', 'hooks.example.com', 443],
    ['HTTPS://Hooks.Example.COM', 'hooks.example.com', 443],
    ['http://a.example:8080/', 'a.example', 8080],
    ['https://a.example:443/', 'a.example', 443],
    ['https://xn--bcher-kva.example/', 'xn--bcher-kva.example', 443],
    ['https://_dmarc.a-b.example/', '_dmarc.a-b.example', 443],
    ['https://93.184.215.14/', '93.184.215.14', 443],
    ['https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', 8443],
    ['https://a.example/p%C3%A4th/../x', 'a.example', 443],
    ['https://a.example?@b.example', 'a.example', 443],
  ])('%s is read as one host', (text, host, port) => {
    expect(readUrl(text)).toMatchObject({ host, port })
  })

  it.each([
    ['form', ''],
    ['form', 'a.example'],
    ['form', '//a.example/'],
    ['form', ' https://a.example/'],
    ['form', 'https://a.example/ x'],
    ['form', 'https://a.example/\nHost: b.example'],
    ['form', 'https://a.exa\tmple/'],
    ['form', 'https:\\\\a.example/'],
    ['form', 'https://a.example\\@b.example/'],
    ['form', 'https://a.example/\u0000'],
    ['form', 'https://bücher.example/'],
    ['form', 'https://１２７.０.０.１/'],
    ['form', 'https://a。example/'],
    ['form', `https://a.example/${'x'.repeat(2048)}`],
    ['form', 'https://a.example:99999/'],
    ['form', 'https://256.256.256.256/'],
    ['form', 'https://1.2.3.4.5/'],
    ['host', 'https://xn--/'],
    ['host', 'https:///a.example/x'],
    ['scheme', 'ftp://a.example/'],
    ['scheme', 'file:///etc/passwd'],
    ['scheme', 'gopher://a.example:70/_x'],
    ['scheme', 'data:text/plain,x'],
    ['scheme', 'javascript:alert(1)'],
    ['scheme', 'https:/a.example/'],
    ['scheme', 'https:a.example'],
    ['scheme', 'view-source:https://a.example/'],
    ['credentials', 'https://user:password@a.example/'],
    ['credentials', 'https://user@a.example/'],
    ['credentials', 'https://@a.example/'],
    ['credentials', 'https://a.example@127.0.0.1/'],
    ['credentials', 'https://a.example:443@127.0.0.1/'],
    ['fragment', 'https://a.example/#x'],
    ['fragment', 'https://a.example#@127.0.0.1/'],
    ['host', 'https://a.example./'],
    ['host', 'https://a..example/'],
    ['host', 'https://a.example:/'],
    ['host', 'https://a.example:0443/'],
    ['host', 'https://a.ex%61mple/'],
    ['host', 'https://%31%32%37.0.0.1/'],
    ['host', 'https://2130706433/'],
    ['host', 'https://0x7f000001/'],
    ['host', 'https://0x7f.0.0.1/'],
    ['host', 'https://0177.0.0.1/'],
    ['host', 'https://017700000001/'],
    ['host', 'https://127.1/'],
    ['host', 'https://127.0.1/'],
    ['host', 'https://127.0.0.1./'],
    ['host', 'https://0/'],
    ['host', 'https://127.0.0.01/'],
    ['host', 'https://[0:0:0:0:0:0:0:1]/'],
    ['host', 'https://[::0001]/'],
    ['host', 'https://[::127.0.0.1]/'],
    ['host', 'https://[::ffff:127.0.0.1]/'],
    ['host', 'https://[::ffff:7f00:1]/'],
    ['form', 'https://[fe80::1%25eth0]/'],
    ['form', 'https://[fe80::1%eth0]/'],
    ['host', `https://${'a'.repeat(64)}.example/`],
    ['host', `https://${'a.'.repeat(127)}example/`],
    ['host', 'https://-a.example/'],
    ['host', 'https://a!b.example/'],
    ['host', "https://a'b.example/"],
  ])('is refused for its %s: %j', (why, text) => {
    expect(readUrl(text)).toMatchObject({ why })
  })

  it('whatever it is, is refused or read as the one host that the URL Standard reads', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: 'binary' }), pieces, fc.webUrl({ withQueryParameters: true })),
        (text) => {
          const read = readUrl(text)
          if (isFault(read)) return
          const again = readUrl(read.url.href)
          expect(again).toMatchObject({ host: read.host, port: read.port })
          expect(text.toLowerCase()).toContain(`://${read.url.hostname}`)
          expect([read.url.username, read.url.password, read.url.hash]).toEqual(['', '', ''])
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('that spells an IPv4 address in another way than four decimal numbers is refused', () => {
    fc.assert(
      fc.property(spelled, ([text, plain]) => {
        const read = readUrl(`http://${text}/`)
        if (text !== plain) expect(isFault(read)).toBe(true)
        else expect(read).toMatchObject({ host: plain, address: { family: 4, text: plain } })
      }),
      { numRuns: 3000 },
    )
  })
})

// What addresses are made of, and what people put in between to confuse those who read them.
const pieces = fc
  .array(
    fc.constantFrom(
      ...['http', 'https', ':', '/', '//', '\\', '@', '#', '?', '.', '%', '%2e', '%40', '[', ']', '::1', '127.0.0.1'],
      ...[
        '0x7f',
        '0177',
        'a.example',
        'localhost',
        '80',
        '443',
        '\t',
        '\n',
        ' ',
        '。',
        '１',
        'xn--',
        '-',
        '_',
        '&',
        ';',
      ],
    ),
    { maxLength: 12 },
  )
  .map((parts) => `https://${parts.join('')}`)

const radix = fc.constantFrom(
  (part: number) => String(part),
  (part: number) => `0${part.toString(8)}`,
  (part: number) => `0x${part.toString(16)}`,
  (part: number) => `0X${part.toString(16).toUpperCase()}`,
)

// Of one to four parts, each decimal, octal or hexadecimal; the last holds all the bytes that are left.
const spelled = fc
  .tuple(fc.nat({ max: 0xffffffff }), fc.integer({ min: 1, max: 4 }), fc.tuple(radix, radix, radix, radix))
  .map(([number, count, write]) => {
    const bytes = [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]
    const last = bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0)
    const parts = [...bytes.slice(0, count - 1), last]
    return [parts.map((part, i) => (write[i] ?? String)(part)).join('.'), bytes.join('.')] as const
  })

type Vector = {
  readonly input: string
  readonly base?: string | null
  readonly failure?: true
  readonly hostname?: string
  readonly port?: string
}

function vectors(file: string): readonly Vector[] {
  const all = JSON.parse(readFileSync(join(outside, file), 'utf8')) as (Vector | string)[]
  return all.filter((it) => typeof it !== 'string').filter(({ base }) => (base ?? null) === null)
}

describe.skipIf(!existsSync(outside))('by the outside vectors of the URL Standard', () => {
  it.each(['wpt/urltestdata.json', 'ada/ada_extra_urltestdata.json', 'ada/ada_long_urltestdata.json'])(
    'every address of %s is refused or read as its host',
    (file) => {
      let taken = 0
      for (const { input, failure, hostname, port } of vectors(file)) {
        const read = readUrl(input)
        if (isFault(read)) continue
        taken += 1
        expect({ input, failure, hostname: read.url.hostname, port: read.url.port }).toEqual({
          input,
          failure: undefined,
          hostname,
          port,
        })
      }
      if (file.startsWith('wpt')) expect(taken).toBeGreaterThan(20)
    },
  )

  it.each(['wpt/toascii.json', 'wpt/IdnaTestV2.json'])('every name of %s is refused or read as its output', (file) => {
    const all = JSON.parse(readFileSync(join(outside, file), 'utf8')) as (
      | string
      | { input: string; output: string | null }
    )[]
    let taken = 0
    for (const one of all) {
      if (typeof one === 'string') continue
      const read = readUrl(`https://${one.input}/x`)
      if (isFault(read)) continue
      taken += 1
      expect({ input: one.input, output: read.host }).toEqual({ input: one.input, output: one.output })
    }
    expect(taken).toBeGreaterThan(5)
  })
})
