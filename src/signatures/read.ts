import type { SignedMessage } from './base.ts'
import { type BareItem, type InnerList, type Member, type Parameters, parseDictionary } from './field.ts'

/** A signature as it came, read but not believed. Times are seconds since the epoch. */
export type ReadSignature = {
  readonly label: string
  /** What it covers, with its parameters. */
  readonly covered: InnerList
  readonly signature: Buffer
  readonly created: number
  readonly expires: number | null
  readonly nonce: string
  readonly keyId: string
  readonly algorithm: string | null
  readonly tag: string | null
}

export type SignatureFound =
  | { readonly is: 'absent' }
  | { readonly is: 'unreadable'; readonly reason: string }
  | { readonly is: 'read'; readonly signature: ReadSignature }

export const SIGNATURE_HEADERS: readonly string[] = Object.freeze(['signature-input', 'signature'])
const LONGEST_HEADER = 4096
const MOST_COMPONENTS = 32
const KNOWN: ReadonlySet<string> = new Set(['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'])
const NONCE = /^[\x21-\x7e]{8,128}$/
const ABSENT: SignatureFound = Object.freeze({ is: 'absent' })

/**
 * Reads the one signature of a request (RFC 9421, section 4). Two of them, names that come twice and parameters that nobody
 * knows are refused: what one side would pass over might be what the other one goes by. `created`, `nonce` and `keyid` must be
 * there.
 */
export function readSignature({ header }: Pick<SignedMessage, 'header'>): SignatureFound {
  const [input, signatures] = [header('signature-input'), header('signature')]
  if (input === undefined && signatures === undefined) return ABSENT
  if (input === undefined || signatures === undefined) return unreadable('one header without the other')
  if (input.length > LONGEST_HEADER || signatures.length > LONGEST_HEADER) return unreadable('too long')
  const [member, given] = [onlyMember(input), onlyMember(signatures)]
  if (member === null || given === null) return unreadable('not a dictionary of exactly one signature')
  if (member.label !== given.label) return unreadable('two different labels')
  const signature = bytesOf(given.member)
  if (signature === null || !('items' in member.member)) return unreadable('not a list, or not bytes')
  return readParameters(member.label, member.member, signature)
}

function readParameters(label: string, covered: InnerList, signature: Buffer): SignatureFound {
  const { items, parameters } = covered
  if (items.length > MOST_COMPONENTS) return unreadable('too many components')
  if (items.some(({ item }) => item.is !== 'string')) return unreadable('a component that is no string')
  const unknown = [...parameters.keys()].find((name) => !KNOWN.has(name))
  if (unknown !== undefined) return unreadable(`parameter ${unknown}`)
  const created = seconds(parameters, 'created')
  const expires = parameters.has('expires') ? seconds(parameters, 'expires') : null
  const [nonce, keyId] = [text(parameters, 'nonce'), text(parameters, 'keyid')]
  if (created === null || (parameters.has('expires') && expires === null)) return unreadable('created or expires')
  if (nonce === null || !NONCE.test(nonce)) return unreadable('nonce')
  if (keyId === null) return unreadable('keyid')
  const [algorithm, tag] = [text(parameters, 'alg'), text(parameters, 'tag')]
  if ((parameters.has('alg') && algorithm === null) || (parameters.has('tag') && tag === null))
    return unreadable('alg or tag')
  return { is: 'read', signature: { label, covered, signature, created, expires, nonce, keyId, algorithm, tag } }
}

function onlyMember(header: string): { readonly label: string; readonly member: Member } | null {
  const members = parseDictionary(header, { once: true })
  const [first] = members ?? []
  return members?.size === 1 && first !== undefined ? { label: first[0], member: first[1] } : null
}

function bytesOf(member: Member): Buffer | null {
  return 'item' in member && member.item.is === 'bytes' && member.parameters.size === 0 ? member.item.value : null
}

function seconds(parameters: Parameters, name: string): number | null {
  const item: BareItem | undefined = parameters.get(name)
  return item?.is === 'integer' && item.value >= 0 ? item.value : null
}

function text(parameters: Parameters, name: string): string | null {
  const item = parameters.get(name)
  return item?.is === 'string' ? item.value : null
}

function unreadable(reason: string): SignatureFound {
  return { is: 'unreadable', reason }
}
