import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { backends } from '../support/backends.ts'
import { openControl } from '../support/control.ts'

const small = backends.filter(({ name }) => name === 'sqlite and memory')

it.each(small)('a brand of one’s own begins every key, is published, and is the only one taken', async ({ open }) => {
  const world = await open()
  const control = await openControl(world, { env: { SALLYPORT_KEYS_BRAND: 'acme' } })
  try {
    const { key } = await control.keyWith(['keys:verify'])
    expect(key).toMatch(/^acme_live_[A-Za-z0-9]+$/)
    const published = await control.call(null, 'GET', '/.well-known/sallyport-key-pattern')
    const pattern = typeof published.body === 'string' ? published.body : published.body.pattern
    expect(`a key: ${key}.`).toMatch(new RegExp(pattern))
    const verified = await control.call(key, 'POST', '/v1/keys/verify', { key })
    expect(verified.body).toMatchObject({ valid: true })
    const foreign = await control.call(key, 'POST', '/v1/keys/verify', { key: key.replace('acme_', 'sp_') })
    expect(foreign.body).toMatchObject({ valid: false, code: 'KEY_MALFORMED' })
  } finally {
    await control.stop()
    await world.close()
  }
})

it.each(['', 'Acme', 'toolongbrand', 'a_b', 'ä'])('the brand %j is refused', async (brand) => {
  const loaded = await loadConfig({ cwd: '/', env: {}, overrides: { keys: { brand } } })
  expect(loaded.ok).toBe(false)
})
