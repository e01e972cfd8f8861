import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { curl } from '../support/curl.ts'
import { totpOf } from '../support/oathtool.ts'
import { eventually } from '../support/sallyport.ts'

const STEP = 30_000
const canWalk = canUse.curl && canUse.oathtool

type Answer = {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the test asserts
  readonly body: any
}

// What a reader of the documents types: curl, a file of cookies, and the app on a telephone.
describe.skipIf(!canWalk).each(backends)('a person with curl alone, on $name', ({ open }) => {
  let world: World
  let control: Control
  let reader: string
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }

  const email = `ada-${randomBytes(4).toString('hex')}@example.com`
  const password = `correct horse ${randomBytes(6).toString('hex')}`
  const newPassword = `another horse ${randomBytes(6).toString('hex')}`
  let key = ''
  let backupCodes: string[] = []

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, {
      issuerHost: 'localhost',
      clock,
      env: { SALLYPORT_IDENTITY_REGISTRATION: 'open' },
    })
    reader = (await control.keyWith(['notices:read'])).key
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  async function run(args: readonly string[]): Promise<Answer> {
    const { code, stdout, stderr } = await curl([...args, '-w', '\n%{http_code}'], { cwd: world.dataDir })
    expect(code, stderr).toBe(0)
    const at = stdout.lastIndexOf('\n')
    const text = stdout.slice(0, at)
    return { status: Number(stdout.slice(at + 1)), body: text === '' ? null : JSON.parse(text) }
  }

  const cookies = (jar: string) => ['-b', jar, '-c', jar]
  const get = (jar: string, path: string) => run([...cookies(jar), `${control.url}${path}`])
  /** A change says where it comes from, as a page of ours would. */
  const send = (jar: string, method: string, path: string, body?: object) =>
    run([
      ...cookies(jar),
      ...['-X', method, '-H', `Origin: ${control.url}`],
      ...(body === undefined ? [] : ['--json', JSON.stringify(body)]),
      `${control.url}${path}`,
    ])
  const post = (jar: string, path: string, body?: object) => send(jar, 'POST', path, body)

  /** The token of the link in the newest mail of a kind, from the outbox. */
  async function tokenOf(template: string): Promise<string> {
    let token: string | undefined
    const came = await eventually(async () => {
      const { body } = await run(['-H', `X-API-Key: ${reader}`, `${control.url}/v1/notices/outbox?limit=50`])
      type Mail = { to: string; template: string; text: string | null }
      const mail = body.items.find((it: Mail) => it.to === email && it.template === template)
      token = /[?&]token=([\w-]+)/.exec(mail?.text ?? '')?.[1]
      return token !== undefined
    }, 10_000)
    expect(came, `a mail ${template} with a link`).toBe(true)
    return token ?? ''
  }

  /** A code that was not shown before. */
  function freshCode(): string {
    ahead += 2 * STEP
    return totpOf(key, { at: new Date(clock.now()) })
  }

  it('registers, verifies the address by the mailed link, and signs in', async () => {
    const registered = await post('one', '/v1/auth/register', { email, name: 'Ada Lovelace', password })
    expect(registered).toEqual({ status: 202, body: { next: 'verify_email' } })
    const waits = await post('one', '/v1/auth/login', { email, password })
    expect(waits.body).toMatchObject({ next: 'verify_email' })
    expect((await post('one', '/v1/auth/verify', { token: await tokenOf('verify_email') })).status).toBe(204)
    const resumed = await post('one', '/v1/auth/resume', { flow: waits.body.flow })
    expect(resumed.body).toMatchObject({ next: 'done', session: { acr: 'aal1' }, person: { email } })
    expect((await get('one', '/v1/account')).body).toMatchObject({ email, name: 'Ada Lovelace' })
    const jar = await readFile(join(world.dataDir, 'one'), 'utf8')
    expect(jar).toMatch(/^#HttpOnly_localhost\tFALSE\t\/\tTRUE\t\d+\t__Host-sallyport_session\tsps_/m)
  })

  it('adds an authenticator app, and keeps the backup codes', async () => {
    const offered = await post('one', '/v1/account/factors/totp', { name: 'Pocket telephone' })
    expect(offered.status, JSON.stringify(offered.body)).toBe(201)
    key = offered.body.key
    const added = await post('one', '/v1/account/factors/totp/confirm', { code: freshCode() })
    expect(added.body).toMatchObject({ factor: { name: 'Pocket telephone' } })
    backupCodes = added.body.backupCodes
    expect(backupCodes).toHaveLength(10)
    expect((await get('one', '/v1/account/factors')).body).toMatchObject({ apps: [{}], backupCodes: 10 })
  })

  it('signs in with the code of oathtool', async () => {
    const { body } = await post('two', '/v1/auth/login', { email, password })
    expect(body).toMatchObject({ next: 'second_factor', methods: ['totp', 'backup_code'] })
    expect((await get('two', '/v1/account')).status).toBe(401)
    const code = freshCode()
    const proved = await post('two', '/v1/auth/mfa', { flow: body.flow, method: 'totp', code })
    expect(proved.body).toMatchObject({ next: 'done', session: { acr: 'aal2' } })
    const again = await post('other', '/v1/auth/login', { email, password })
    const replayed = await post('other', '/v1/auth/mfa', { flow: again.body.flow, method: 'totp', code })
    expect(replayed.body.code).toBe('CODE_WRONG')
    expect((await get('two', '/v1/account')).status).toBe(200)
  })

  it('signs in with a backup code, once', async () => {
    const [code] = backupCodes
    const use = async (jar: string) => {
      const { body } = await post(jar, '/v1/auth/login', { email, password })
      return post(jar, '/v1/auth/mfa', { flow: body.flow, method: 'backup_code', code })
    }
    expect((await use('three')).body).toMatchObject({ next: 'done', session: { acr: 'aal2' } })
    expect((await use('four')).body.code).toBe('CODE_WRONG')
    expect((await get('three', '/v1/account/factors')).body.backupCodes).toBe(9)
  })

  it('forgets the password and chooses another by the mailed link; the second factor is still asked for', async () => {
    expect((await post('new', '/v1/auth/password/forgot', { email })).body).toEqual({ next: 'sign_in' })
    const body = { token: await tokenOf('reset_password'), password: newPassword }
    expect((await post('new', '/v1/auth/password/reset', body)).status).toBe(204)
    expect((await post('new', '/v1/auth/password/reset', body)).body.code).toBe('LINK_ENDED')
    expect((await get('new', '/v1/account')).status).toBe(401)
    for (const jar of ['one', 'two', 'three']) expect((await get(jar, '/v1/account')).status, jar).toBe(401)
    expect((await post('new', '/v1/auth/login', { email, password })).body.code).toBe('SIGN_IN_FAILED')
    const begun = await post('new', '/v1/auth/login', { email, password: newPassword })
    expect(begun.body).toMatchObject({ next: 'second_factor', methods: ['totp', 'backup_code'] })
    const proof = { flow: begun.body.flow, method: 'totp', code: freshCode() }
    expect((await post('new', '/v1/auth/mfa', proof)).body).toMatchObject({ next: 'done', session: { acr: 'aal2' } })
  })

  it('lists the sessions and ends all others', async () => {
    for (const [jar, code] of [
      ['one', backupCodes[1]],
      ['two', backupCodes[2]],
    ] as const) {
      const { body } = await post(jar, '/v1/auth/login', { email, password: newPassword })
      expect((await post(jar, '/v1/auth/mfa', { flow: body.flow, method: 'backup_code', code })).status).toBe(200)
    }
    const { items } = (await get('two', '/v1/account/sessions')).body
    expect(items.map(({ current }: { current: boolean }) => current)).toEqual([true, false, false])
    expect(items[0]).toMatchObject({ label: expect.stringContaining('curl'), acr: 'aal2' })
    expect((await send('two', 'DELETE', '/v1/account/sessions?which=others')).body).toEqual({ ended: 2 })
    const statuses = await Promise.all(['new', 'one', 'two'].map((jar) => get(jar, '/v1/account')))
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 200])
  })

  it('signs out', async () => {
    expect((await post('two', '/v1/auth/logout')).status).toBe(204)
    expect((await get('two', '/v1/account')).status).toBe(401)
    const jar = await readFile(join(world.dataDir, 'two'), 'utf8')
    expect(jar).not.toContain('__Host-sallyport_session')
  })
})
