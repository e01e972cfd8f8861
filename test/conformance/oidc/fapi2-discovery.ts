import { expect } from 'vitest'
import { conforms } from './module.ts'
import { keysOf } from './signed-in.ts'
import type { Suite } from './suite.ts'

/** FAPI 2.0 Security Profile, section 5.4.1. */
const STRONG = ['PS256', 'ES256', 'EdDSA']

/** What the profile wants a server to say of itself. */
export function discoveryModule(suite: () => Suite): void {
  conforms(
    'fapi2-security-profile-final-discovery-end-point-verification',
    'discovery says what clients of the profile need',
    async () => {
      const { discovered, issuer } = suite()
      expect(discovered).toMatchObject({
        issuer,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
        token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
        authorization_response_iss_parameter_supported: true,
        claims_parameter_supported: true,
        scopes_supported: expect.arrayContaining(['openid']),
      })
      for (const name of ['implicit', 'password']) expect(discovered.grant_types_supported).not.toContain(name)
      for (const name of ['pushed_authorization_request_endpoint', 'authorization_endpoint', 'token_endpoint'])
        expect({ name, origin: new URL(String(discovered[name])).origin }).toEqual({ name, origin: issuer })
      for (const name of ['id_token', 'token_endpoint_auth', 'request_object'])
        expect(namesOf(`${name}_signing_alg_values_supported`)).toEqual(expect.arrayContaining(['PS256', 'ES256']))
      // A proof is for a client of the profile as soon as it is read.
      expect(namesOf('dpop_signing_alg_values_supported').filter((alg) => !STRONG.includes(alg))).toEqual([])
      const { keys } = await keysOf(suite())
      expect(keys.some(({ alg }) => STRONG.includes(String(alg)))).toBe(true)
    },
  )

  function namesOf(name: string): readonly string[] {
    return suite().discovered[name] as string[]
  }
}
