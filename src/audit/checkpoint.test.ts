import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openCheckpoint, parseVerifierKey, publicBytes, signCheckpoint, verifierKey } from './checkpoint.ts'
import { splitNotes } from './checkpoint-file.ts'

const key = generateKeyPairSync('ed25519').privateKey
const other = generateKeyPairSync('ed25519').privateKey
const head = { log: 'log_1hq3v0c9kd5m7w2x8p4t6r1a', size: 42, root: Buffer.alloc(32, 7) }

describe('a checkpoint', () => {
  it('has the lines of a C2SP tlog-checkpoint in a signed note', () => {
    const lines = signCheckpoint(head, key).split('\n')
    expect(lines.slice(0, 4)).toEqual([`sallyport/${head.log}`, '42', head.root.toString('base64'), ''])
    expect(lines[4]).toMatch(/^— sallyport\/log_\w+ [A-Za-z0-9+/]{91}=$/)
    expect(lines.slice(5)).toEqual([''])
  })

  it('opens with the key that signed it and no other', () => {
    const note = signCheckpoint(head, key)
    expect(openCheckpoint(note, publicBytes(key))).toEqual(head)
    expect(openCheckpoint(note, publicBytes(other))).toBeNull()
  })

  it('does not open once any character of it is another', () => {
    const note = signCheckpoint(head, key)
    fc.assert(
      fc.property(fc.nat(note.length - 2), fc.constantFrom('A', 'B', '0', '\n', '—', ' '), (at, put) => {
        const changed = note.slice(0, at) + put + note.slice(at + 1)
        if (changed !== note) expect(openCheckpoint(changed, publicBytes(key))).toBeNull()
      }),
    )
  })

  it('reads any text without failing', () => {
    fc.assert(fc.property(fc.string(), (text) => void openCheckpoint(text, publicBytes(key))))
  })

  it('agrees with the signed note that the Go checksum database publishes as an example', () => {
    // golang.org/x/mod/sumdb/note: the verifier key of PeterNeumann.
    const parsed = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
    expect(parsed).toHaveLength(32)
    expect(parseVerifierKey('PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toBeNull()
  })

  it('has a public key that reads back', () => {
    expect(parseVerifierKey(verifierKey('log_a', publicBytes(key)))).toEqual(publicBytes(key))
  })

  it('is not forged by a signature over other lines', () => {
    const [text = '', line = ''] = signCheckpoint(head, key).split('\n\n')
    const grown = `${text.replace('42', '43')}\n`
    const signature = sign(null, Buffer.from(grown), createPrivateKey(other.export({ type: 'pkcs8', format: 'pem' })))
    const kept = Buffer.from(line.trim().split(' ')[2] ?? '', 'base64').subarray(0, 4)
    const forged = `${grown}\n— sallyport/${head.log} ${Buffer.concat([kept, signature]).toString('base64')}\n`
    expect(openCheckpoint(forged, publicBytes(key))).toBeNull()
  })

  it('can be taken out of a file of many', () => {
    const notes = [1, 2, 3].map((size) => signCheckpoint({ ...head, size }, key))
    expect(splitNotes(notes.map((note) => `${note}\n`).join(''))).toEqual(notes)
    expect(splitNotes('')).toEqual([])
  })
})
