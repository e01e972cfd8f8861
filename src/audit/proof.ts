import { nodeHash } from './merkle.ts'

/** Entries from `start` up to but not including `end`; the root over them is one hash of a proof. */
export type Range = { readonly start: number; readonly end: number }

/** The subtrees whose roots prove that an entry is in a tree (RFC 9162, section 2.1.3.1), in the order of the proof. */
export function inclusionRanges(index: number, size: number): Range[] {
  return path(index, { start: 0, end: size })
}

function path(index: number, { start, end }: Range): Range[] {
  if (end - start <= 1) return []
  const middle = start + splitOf(end - start)
  return index < middle
    ? [...path(index, { start, end: middle }), { start: middle, end }]
    : [...path(index, { start: middle, end }), { start, end: middle }]
}

/** The subtrees whose roots prove that a tree grew out of a smaller one (RFC 9162, section 2.1.4.1). */
export function consistencyRanges(smaller: number, size: number): Range[] {
  if (smaller < 1 || smaller > size) throw new RangeError(`a tree of ${size} did not grow out of one of ${smaller}`)
  return subproof(smaller, { start: 0, end: size }, true)
}

function subproof(smaller: number, { start, end }: Range, whole: boolean): Range[] {
  const size = end - start
  if (smaller === size) return whole ? [] : [{ start, end }]
  const left = splitOf(size)
  const middle = start + left
  return smaller <= left
    ? [...subproof(smaller, { start, end: middle }, whole), { start: middle, end }]
    : [...subproof(smaller - left, { start: middle, end }, false), { start, end: middle }]
}

// The largest power of two smaller than the size.
function splitOf(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

/** Whether a leaf is the entry at an index of the tree with this root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion(
  leaf: Buffer,
  claim: { readonly index: number; readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  const { index, size, root } = claim
  if (!isCount(index) || !isCount(size) || index >= size || leaf.length !== 32) return false
  let node = BigInt(index)
  let last = BigInt(size) - 1n
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0n || sibling.length !== 32) return false
    if ((node & 1n) === 1n || node === last) {
      hash = nodeHash(sibling, hash)
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    node >>= 1n
    last >>= 1n
  }
  return last === 0n && hash.equals(root)
}

type Tree = { readonly size: number; readonly root: Buffer }

/** Whether the larger tree begins with the smaller one (RFC 9162, section 2.1.4.2). */
export function verifyConsistency(smaller: Tree, larger: Tree, proof: readonly Buffer[]): boolean {
  // Of an empty tree there is nothing to prove: any tree grew out of it.
  if (!isCount(smaller.size) || !isCount(larger.size) || smaller.size < 1 || smaller.size > larger.size) return false
  if (smaller.size === larger.size) return proof.length === 0 && smaller.root.equals(larger.root)
  if (proof.some((hash) => hash.length !== 32)) return false
  const hashes = isPowerOfTwo(smaller.size) ? [smaller.root, ...proof] : [...proof]
  return proof.length > 0 && climb(smaller, larger, hashes)
}

function climb(smaller: Tree, larger: Tree, [first, ...rest]: readonly Buffer[]): boolean {
  if (first === undefined) return false
  let node = BigInt(smaller.size) - 1n
  let last = BigInt(larger.size) - 1n
  while ((node & 1n) === 1n) {
    node >>= 1n
    last >>= 1n
  }
  let old = first
  let now = first
  for (const sibling of rest) {
    if (last === 0n) return false
    if ((node & 1n) === 1n || node === last) {
      old = nodeHash(sibling, old)
      now = nodeHash(sibling, now)
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else {
      now = nodeHash(now, sibling)
    }
    node >>= 1n
    last >>= 1n
  }
  return last === 0n && old.equals(smaller.root) && now.equals(larger.root)
}

function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size))
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
