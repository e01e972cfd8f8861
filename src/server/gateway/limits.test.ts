import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../config/index.ts'
import { limitsWarnings } from './limits.ts'

async function configOf(env: Record<string, string>) {
  const loaded = await loadConfig({ cwd: '/nowhere', env })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.value
}

describe('at the start', () => {
  it('it is said that limits are not shared where several processes may run without Redis', async () => {
    const config = await configOf({ SALLYPORT_DATABASE_URL: 'postgres://sallyport@127.0.0.1/sallyport' })
    expect(limitsWarnings(config, 'postgres')).toEqual([expect.stringContaining('SALLYPORT_REDIS_URL')])
  })

  it('nothing is said with Redis, or on SQLite, where one process serves', async () => {
    const redis = { SALLYPORT_REDIS_URL: 'redis://127.0.0.1:6379' }
    expect(limitsWarnings(await configOf(redis), 'postgres')).toEqual([])
    expect(limitsWarnings(await configOf({}), 'sqlite')).toEqual([])
  })
})
