import { createPublicKey } from 'node:crypto'
import type { Check } from '../draft.ts'

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/

/** Rules about reports of leaked keys. */
export const leakChecks: readonly Check[] = [
  {
    name: 'reports are verified with ECDSA keys on P-256',
    look: ({ keys }, { say }) => {
      for (const [name, text] of Object.entries(keys?.leaks?.github?.publicKeys ?? {})) {
        if (typeof text !== 'string' || curveOf(text) === 'prime256v1') continue
        say(['keys', 'leaks', 'github', 'publicKeys', name], 'is not an ECDSA public key on P-256')
      }
    },
  },
  {
    name: 'keys that reports are verified with come over a connection that nobody can change',
    look: ({ keys }, { say }) => {
      const text = keys?.leaks?.github?.keysUrl
      if (typeof text !== 'string') return
      const url = URL.canParse(text) ? new URL(text) : null
      const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
      if (!safe) say(['keys', 'leaks', 'github', 'keysUrl'], 'must begin with https://')
    },
  },
]

function curveOf(text: string): string | undefined {
  try {
    const der = { key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' } as const
    const key = createPublicKey(text.includes('-----BEGIN') ? text : der)
    return key.asymmetricKeyDetails?.namedCurve
  } catch {
    return undefined
  }
}
