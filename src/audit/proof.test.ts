import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrontier, leafHash, nodeHash } from './merkle.ts'
import { consistencyRanges, inclusionRanges, type Range, verifyConsistency, verifyInclusion } from './proof.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const file = join(root, 'merkle/rfc6962-proofs.jsonl')

type Inclusion = { leafIdx: number; treeSize: number; leafHash: string }
type Consistency = { size1: number; size2: number; root1: string; root2: string }
type Row = { path: string; root: string; proof: string[] | null; desc: string; wantErr: boolean } & Inclusion &
  Consistency

describe.skipIf(!existsSync(file))('the outside vectors of RFC 6962 proofs', () => {
  const rows: Row[] = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    : []
  const hash = (text: string) => Buffer.from(text ?? '', 'base64')

  it('of inclusion: each is accepted or refused as it should be', () => {
    const some = rows.filter(({ path }) => path.startsWith('inclusion/'))
    const wrong = some.filter(({ leafHash: leaf, leafIdx, treeSize, root: top, proof, wantErr }) => {
      const claim = { index: leafIdx, size: treeSize, root: hash(top) }
      return verifyInclusion(hash(leaf), claim, (proof ?? []).map(hash)) === wantErr
    })
    expect(some).toHaveLength(98)
    expect(wrong).toEqual([])
  })

  it('of consistency: each is accepted or refused as it should be', () => {
    const some = rows.filter(({ path }) => path.startsWith('consistency/'))
    const wrong = some.filter(({ size1, size2, root1, root2, proof, wantErr }) => {
      const [smaller, larger] = [
        { size: size1, root: hash(root1) },
        { size: size2, root: hash(root2) },
      ]
      return verifyConsistency(smaller, larger, (proof ?? []).map(hash)) === wantErr
    })
    expect(some).toHaveLength(98)
    expect(wrong).toEqual([])
  })
})

describe('a tree', () => {
  it('has the root that RFC 6962 defines, whatever way it was reached', () => {
    fc.assert(
      fc.property(fc.nat(70), fc.nat(70), (size, pause) => {
        const tree = treeOf(size)
        expect(tree.root()).toEqual(definedRoot(leaves(size)))
        const half = treeOf(Math.min(pause, size))
        const resumed = createFrontier(half.size(), half.bytes())
        for (const leaf of leaves(size).slice(half.size())) resumed.push(leaf)
        expect(resumed.root()).toEqual(tree.root())
      }),
    )
  })

  it('proves each of its entries, and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(69), fc.nat(69), (size, at, other) => {
        const [index, wrong] = [at % size, other % size]
        const proof = inclusionRanges(index, size).map((range) => rootOf(range, size))
        const claim = { index, size, root: treeOf(size).root() }
        const leaf = (of: number) => leaves(size)[of] as Buffer
        expect(verifyInclusion(leaf(index), claim, proof)).toBe(true)
        if (wrong !== index) expect(verifyInclusion(leaf(wrong), claim, proof)).toBe(false)
      }),
    )
  })

  it('proves that it grew out of each smaller one, and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(69), (size, at) => {
        const small = 1 + (at % size)
        const proof = consistencyRanges(small, size).map((range) => rootOf(range, size))
        const [smaller, larger] = [small, size].map((of) => ({ size: of, root: treeOf(of).root() }))
        if (smaller === undefined || larger === undefined) return
        expect(verifyConsistency(smaller, larger, proof)).toBe(true)
        if (small < size) expect(verifyConsistency({ ...smaller, root: larger.root }, larger, proof)).toBe(false)
      }),
    )
  })

  it('does not go on from a frontier of another size', () => {
    expect(() => createFrontier(3, treeOf(4).bytes())).toThrow('another frontier')
  })
})

function leaves(size: number): Buffer[] {
  return Array.from({ length: size }, (_, i) => leafHash(`entry ${i}`))
}

function treeOf(size: number) {
  const tree = createFrontier()
  for (const leaf of leaves(size)) tree.push(leaf)
  return tree
}

function rootOf({ start, end }: Range, size: number): Buffer {
  return definedRoot(leaves(size).slice(start, end))
}

// RFC 6962, section 2.1, word for word.
function definedRoot(entries: readonly Buffer[]): Buffer {
  const [first] = entries
  if (first === undefined) return createFrontier().root()
  if (entries.length === 1) return first
  let split = 1
  while (split * 2 < entries.length) split *= 2
  return nodeHash(definedRoot(entries.slice(0, split)), definedRoot(entries.slice(split)))
}
