import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../core/index.ts'

/** The pepper in force and the older ones that stored digests may still be made with, by version. */
export type Peppers = { readonly current: number; readonly byVersion: ReadonlyMap<number, KeyObject> }

export function pepperOf(value: Secret<Buffer>): KeyObject {
  // A KeyObject, because handing the raw bytes to each HMAC costs six times as much.
  return createSecretKey(value.reveal())
}

/** `HMAC-SHA-256(pepper, key)`: all that is kept of a key (row K4). */
export function digestOf(peppers: Peppers, version: number, text: string): Buffer {
  const pepper = peppers.byVersion.get(version)
  if (pepper === undefined) throw new Error(`pepper ${version} is not loaded`)
  return createHmac('sha256', pepper).update(text, 'utf8').digest()
}

/** Whether two digests are equal, in constant time. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}
