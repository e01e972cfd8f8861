import { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { anonymous, type Principal } from '../core/index.ts'
import { refuseRequest } from '../pipeline/index.ts'
import type { Engine, Ground } from './engine.ts'
import { knownGuard } from './guards.ts'
import { heldBody } from './held-body.ts'
import type { Asked, Guarding } from './visit.ts'

/** What others are told of an object that is not theirs. */
export type OwnerOptions = {
  /** 404, as of an object that does not exist, unless said otherwise. */
  readonly otherwise?: '404' | '403'
}

/** How the body of a request is taken. */
export type BodyOptions = {
  /** Whether other properties are refused, as unless said otherwise, or cut out. */
  readonly outside?: 'refuse' | 'strip'
  /** Whether the object is theirs, as `requireOwner` before it made sure. */
  readonly theirs?: boolean
  /** The most bytes; 1 MB unless said otherwise. */
  readonly maxBody?: number
}

export type VisibleOptions = {
  /** Where the objects stand in the value, such as `items[]`. The value itself unless said otherwise. */
  readonly at?: string
  /** What may be seen beside them. */
  readonly beside?: readonly string[]
  /** Leave out what is not theirs. */
  readonly onlyTheirs?: boolean
}

const ONE_MEGABYTE = 1_048_576

/**
 * A guard that lets only the owner of an object through.
 *
 * @param find who owns it, or undefined when there is no such object
 */
export function ownerGuard(type: string, find: () => unknown, { otherwise = '404' }: OwnerOptions): Guarding {
  return knownGuard(async ({ principal }, { objects }) => {
    const owner = await find()
    const named = typeof owner === 'string' || typeof owner === 'number' ? String(owner) : null
    // What there is not is 404 in any case.
    const problem = objects.ownerProblem(type, principal, named, named === null ? '404' : otherwise)
    return problem && { stage: 'access', problem }
  })
}

/**
 * A guard that reads the body of a request, as long as it is, and lets through what may be written of it.
 *
 * @param take is given what is left of the body: nothing of an empty one
 * @param source what the framework reads the body from, where that is not the request itself
 */
export function bodyGuard(
  type: string,
  { outside = 'refuse', theirs = false, maxBody = ONE_MEGABYTE }: BodyOptions,
  take: (bytes: Buffer) => void,
  source?: Readable,
): Guarding {
  return knownGuard(async ({ principal }, { objects }, { incoming }): Promise<Asked> => {
    const bytes = await readBody(source ?? incoming, maxBody)
    if (bytes === null) return { stage: 'input', problem: refuseRequest('REQUEST_BODY_TOO_LARGE') }
    const { 'content-type': kind, 'content-encoding': encoding } = incoming.headers
    const ruling = objects.judgeBody(type, principal, { type: kind, encoding, bytes }, { theirs, outside })
    if (ruling.is === 'deny') return { stage: 'input', problem: ruling.problem }
    take(ruling.bytes)
    return undefined
  })
}

/** What of a judged body a handler gets. */
export function bodyValue(bytes: Buffer): unknown {
  return bytes.length === 0 ? undefined : JSON.parse(bytes.toString())
}

/** What of a value somebody may see. @throws RangeError for a type that there is not, Error for what cannot be told */
export async function visibleOf(
  engine: Engine,
  type: string,
  value: unknown,
  principal: Principal | undefined,
  { at, beside = [], onlyTheirs = false }: VisibleOptions,
): Promise<unknown> {
  const { objects }: Ground = await engine.ground()
  const found = objects.visible(type, principal ?? anonymous, value, { at: at ?? null, beside, onlyTheirs })
  if (!found.ok) throw new Error(`an answer of type ${type} cannot be filtered: ${found.problem.reason}`)
  return found.value
}

// A guard before this one read it, and put it back.
function isHeld(incoming: Readable): boolean {
  return incoming instanceof IncomingMessage && heldBody(incoming) !== undefined
}

// Null when it is too large. What follows of such a body is left to whoever answers.
function readBody(incoming: Readable, most: number): Promise<Buffer | null> {
  if (incoming.readableDidRead && !isHeld(incoming))
    throw new Error('the body was read before it was judged: put this guard first')
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let length = 0
    incoming.on('data', (piece: Buffer) => {
      length += piece.length
      if (length > most) resolve(null)
      else pieces.push(piece)
    })
    incoming.on('end', () => resolve(Buffer.concat(pieces)))
    // Nobody is there any more to be answered.
    incoming.on('close', () => resolve(null))
  })
}
