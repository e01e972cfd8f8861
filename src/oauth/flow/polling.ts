import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Limits } from '../../limits/index.ts'
import { FLOW_RULES, isWithinLimits } from './limits.ts'

type Waiting = {
  readonly grantId?: string | undefined
  readonly error?: string | undefined
  readonly clientId?: string
}

/**
 * Slows clients down that ask for the outcome too often (RFC 8628, section 3.5; CIBA Core, section 11): each question
 * before its time is refused, and what is settled is told at once.
 */
export function slowPolling(provider: Provider, { limits }: { readonly limits: Limits }): void {
  for (const Model of [provider.DeviceCode, provider.BackchannelAuthenticationRequest]) {
    const read = Model.find.bind(Model) as (...args: unknown[]) => Promise<Waiting | undefined>
    const find = async (id: string, ...more: unknown[]) => {
      const found = await read(id, ...more)
      const { oidc } = providerContext(provider) ?? {}
      const isPoll = oidc?.route === 'token' && found !== undefined && found.clientId === oidc.client?.clientId
      const isOpen = found?.grantId === undefined && found?.error === undefined
      if (isPoll && isOpen && !(await isWithinLimits(limits, [{ rule: FLOW_RULES.poll, key: id }])))
        throw new errors.SlowDown()
      return found
    }
    Object.assign(Model, { find })
  }
}

function providerContext(provider: Provider) {
  return (provider.constructor as typeof Provider).ctx
}
