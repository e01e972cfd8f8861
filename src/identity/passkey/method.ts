import { done, refused } from '../../core/index.ts'
import type { FactorMethod } from '../factor/method.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import { type ChallengeUse, makeChallenge } from './challenge.ts'
import type { PasskeyDeps } from './deps.ts'
import { descriptorOf, requestOptions } from './options.ts'
import { passkeyProblem } from './refuse.ts'
import { passkeysOf } from './store.ts'
import { usePasskey } from './use.ts'

/**
 * Passkeys and security keys as a second factor: a touch is enough, since something else was proved before. A suspended
 * one still counts as one: a copy must not be a way to make the second factor go away.
 */
export function createPasskeyMethod(deps: PasskeyDeps): FactorMethod {
  const { relyingParty, store } = deps

  const begin: FactorMethod['begin'] = async ({ person, subject }) => {
    const works = (await passkeysOf(tablesOf(store), person.id)).filter(({ suspendedAt }) => suspendedAt === null)
    if (works.length === 0) return refused(refuseIdentity('PASSKEY_SUSPENDED'))
    const challenge = await makeChallenge(deps, proving(subject))
    const allow = works.map(descriptorOf)
    return done(requestOptions({ relyingParty, challenge, allow, userVerification: 'preferred' }))
  }

  const prove: FactorMethod['prove'] = async ({ person, subject, caller }, { response }) => {
    const ask = { use: proving(subject), personId: person.id, userVerification: false, caller }
    const used = await usePasskey(deps, ask, response)
    if (used.is === 'proved') return { is: 'proved', method: used.method }
    const counts = used.why === 'wrong' || used.why === 'cloned'
    return { is: counts ? 'wrong' : 'refused', problem: passkeyProblem(used) }
  }

  return Object.freeze({
    name: 'passkey',
    enrolls: relyingParty.isUsable,
    ready: async ({ id }) => relyingParty.isUsable && (await passkeysOf(tablesOf(store), id)).length > 0,
    begin,
    prove,
  } satisfies FactorMethod)
}

function proving(subject: string): ChallengeUse {
  return { purpose: 'passkey.prove', subject }
}
