import { expect, it } from 'vitest'
import { loadConfig } from '../config/index.ts'
import { relaxationWarnings } from './warnings.ts'

it.each([
  [{}, []],
  [{ notices: { webhooks: { allowInsecureHttp: true } } }, ['allowInsecureHttp']],
  [{ notices: { webhooks: { allowPrivateNetworks: ['10.20.0.0/16'] } } }, ['10.20.0.0/16']],
  [{ guard: { outbound: { allowPrivateNetworks: ['10.30.0.0/16'] } } }, ['10.30.0.0/16']],
  [{ guard: { outbound: { allowInsecureHttp: true, allowAnyPort: true } } }, ['allowInsecureHttp', 'allowAnyPort']],
  [{ gateway: { headers: { leaveToUpstream: true, allowSniffing: true } } }, ['leaveToUpstream', 'allowSniffing']],
  [{ gateway: { cors: { origins: ['http://a.example'], allowInsecureHttp: true } } }, ['allowInsecureHttp']],
] as const)('a start with %j says aloud what was relaxed', async (overrides, words) => {
  const loaded = await loadConfig({ cwd: '/', env: {}, overrides: overrides as never })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const warnings = relaxationWarnings(loaded.value)
  expect(warnings).toHaveLength(words.length)
  for (const [i, word] of words.entries()) expect(warnings[i]).toContain(word)
})
