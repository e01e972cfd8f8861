import { lookup as ask } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { type Address, parseAddress } from '../core/index.ts'
import type { Targets } from './targets.ts'
import type { Fault } from './url.ts'

/** Finds every address of a name. @throws when it has none, or nobody could be asked */
export type Resolve = (host: string) => Promise<readonly string[]>

/** A name that leads where nothing is sent. It travels through the client's own errors. */
export class Misled extends Error {
  readonly fault: Fault
  readonly addresses: readonly string[]

  constructor(fault: Fault, addresses: readonly string[]) {
    super(fault.says)
    this.fault = fault
    this.addresses = addresses
  }
}

const MOST_ADDRESSES = 8

/**
 * What a connection asks instead of the system: the name is resolved once, every address is looked at, and the connection
 * goes to those very addresses. There is no second look-up that could answer otherwise.
 */
export function createLookup(targets: Targets, resolve: Resolve): LookupFunction {
  async function find(host: string): Promise<readonly Address[]> {
    const texts = await resolve(host)
    const addresses = texts.map(parseAddress)
    const known = addresses.filter((it) => it !== null)
    if (known.length === 0 || known.length < texts.length) throw new Error(`${host} has no address`)
    const fault = targets.judge(host, known)
    if (fault !== null) throw new Misled(fault, texts)
    return known.slice(0, MOST_ADDRESSES)
  }

  return (host, { all }, done) => {
    find(host).then(
      (found) => {
        const list = found.map(({ text: address, family }) => ({ address, family }))
        const [first] = list
        if (all === true) done(null, list)
        else done(null, first?.address ?? '', first?.family)
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    )
  }
}

/**
 * Asks as every program of the machine does, its hosts file included. Each question holds a thread that files and passwords
 * need too, so names that are slow on purpose get few of them at once.
 */
export function createSystemResolve(atOnce = 2): Resolve {
  const waiting: (() => void)[] = []
  let asking = 0

  return async (host) => {
    if (asking >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else asking += 1
    try {
      return (await ask(host, { all: true, verbatim: true })).map(({ address }) => address)
    } finally {
      const next = waiting.shift()
      if (next === undefined) asking -= 1
      else next()
    }
  }
}
