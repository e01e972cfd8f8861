import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Limits } from '../../limits/index.ts'
import type { AdapterDeps } from '../entity/adapter.ts'
import { showOnce } from '../entity/show-once.ts'
import { currentCaller, sessionOf } from '../provider/own-session.ts'
import { FLOW_RULES, isWithinLimits } from './limits.ts'

type GuardDeps = { readonly limits: Limits; readonly adapter: AdapterDeps }
type Code = InstanceType<Provider['DeviceCode']> & { inFlight?: boolean; readonly exp?: number }

/**
 * Guards the codes that people type (RFC 8628, section 5.1): wrong ones are counted by address, by session and all
 * together, and of several who confirm one at once a single one does.
 */
export function guardUserCodes(provider: Provider, deps: GuardDeps): void {
  const { DeviceCode } = provider
  const read = DeviceCode.findByUserCode.bind(DeviceCode)
  DeviceCode.findByUserCode = async (userCode, options) => {
    if (!(await isWithinLimits(deps.limits, wishes(), true))) throw tooMany()
    const code = (await read(userCode, options)) as Code | undefined
    if (code === undefined) {
      if (!(await isWithinLimits(deps.limits, wishes()))) throw tooMany()
      return undefined
    }
    const confirms = (provider.constructor as typeof Provider).ctx?.oidc.params?.confirm !== undefined
    // To whoever comes second the library then says that it was used already.
    if (confirms && !(await confirmedOnce(deps, code))) code.inFlight = true
    return code
  }
}

function wishes() {
  const caller = currentCaller()
  const own = caller === null ? null : sessionOf(caller)
  return [
    { rule: FLOW_RULES.wrongCodeByAddress, key: caller?.address ?? 'nowhere' },
    { rule: FLOW_RULES.wrongCodeByAll, key: 'all' },
    ...(own === null ? [] : [{ rule: FLOW_RULES.wrongCodeBySession, key: own.id }]),
  ]
}

function confirmedOnce({ adapter }: GuardDeps, { jti, exp = 0 }: Code): Promise<boolean> {
  return showOnce(adapter, `device_code ${jti}`, exp * 1000)
}

function tooMany(): Error {
  return new errors.CustomOIDCProviderError('slow_down', 'too many codes were tried; wait before the next one')
}
