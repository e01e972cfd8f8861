import { createServer, type Server } from 'node:http'
import type { TestProject } from 'vitest/node'
import { answersPostgres, findPostgres, startPostgresFrom } from './postgres.ts'
import { findPrograms, type Programs, withoutPrograms } from './programs.ts'
import { answersRedis, findRedis, startRedisFrom } from './redis.ts'
import type { PrivateServer } from './server.ts'

/** What tests have of one service. */
export type Service = {
  /** One that was given by its address. */
  readonly url: string | null
  /** What one can be started from. */
  readonly program: string | null
}

/** What a test run found; workers receive it. */
export type Services = {
  readonly door: string
  readonly postgres: Service
  readonly redis: Service
  readonly programs: Programs
}

declare module 'vitest' {
  interface ProvidedContext {
    services: Services
  }
}

const REQUIRED = process.env.SALLYPORT_REQUIRE_SERVICES === '1'
const MISSING = {
  postgres:
    'suites on PostgreSQL (no PostgreSQL 15 or newer here: install its package, or give an address in SALLYPORT_TEST_PG_URL)',
  redis: 'suites on Redis (no redis-server here: install its package, or give an address in SALLYPORT_TEST_REDIS_URL)',
}

/** Looks for PostgreSQL, Redis and other programs, says what will be left out, and starts a service when the first test asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, redis, programs] = await Promise.all([lookForPostgres(), lookForRedis(), findPrograms()])
  const { needed, rare } = withoutPrograms(programs)
  sayWhatIsLeftOut([...missing({ postgres, redis }), ...needed], rare)
  const started = { postgres: once(postgres, startPostgresFrom), redis: once(redis, startRedisFrom) }
  const door = await open(started)
  project.provide('services', { door: door.url, postgres, redis, programs })
  return async () => {
    door.server.close()
    await Promise.all([started.postgres.stop(), started.redis.stop()])
  }
}

async function lookForPostgres(): Promise<Service> {
  const url = given('SALLYPORT_TEST_PG_URL')
  if (url !== null && !(await answersPostgres(url))) throw new Error('SALLYPORT_TEST_PG_URL: nobody answers there')
  return { url, program: await findPostgres() }
}

async function lookForRedis(): Promise<Service> {
  const url = given('SALLYPORT_TEST_REDIS_URL')
  if (url !== null && !(await answersRedis(url))) throw new Error('SALLYPORT_TEST_REDIS_URL: nobody answers there')
  return { url, program: await findRedis() }
}

function given(name: string): string | null {
  const value = process.env[name]
  return value === undefined || value === '' ? null : value
}

function missing(services: { postgres: Service; redis: Service }): string[] {
  const names = ['postgres', 'redis'] as const
  return names
    .filter((name) => services[name].url === null && services[name].program === null)
    .map((name) => MISSING[name])
}

function sayWhatIsLeftOut(needed: readonly string[], rare: readonly string[]): void {
  const lineOf = (left: readonly string[]) => `Left out: ${left.join('; ')}.`
  if (REQUIRED && needed.length > 0)
    throw new Error(`${lineOf(needed)} SALLYPORT_REQUIRE_SERVICES=1 asks for all of them.`)
  const left = [...needed, ...rare]
  if (left.length > 0) process.stderr.write(`${lineOf(left)}\n`)
}

type Started = { readonly url: () => Promise<string>; readonly stop: () => Promise<void> }

function once(service: Service, start: (program: string) => Promise<PrivateServer>): Started {
  let server: Promise<PrivateServer> | undefined
  return {
    url: async () => {
      if (service.url !== null) return service.url
      if (service.program === null) throw new Error('this service was left out')
      server ??= start(service.program)
      return (await server).url
    },
    stop: async () => {
      await server?.then(
        (running) => running.stop(),
        () => undefined,
      )
    },
  }
}

// Workers are processes of their own: they ask over HTTP, and only the first question starts anything.
async function open(started: Record<'postgres' | 'redis', Started>): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, response) => {
    const service = request.url === '/redis' ? started.redis : started.postgres
    await service.url().then(
      (url) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port for the tests’ services')
  return { server, url: `http://127.0.0.1:${address.port}` }
}
