import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openPlace, type Place } from '../support/sallyport.ts'

const [small] = backends
const CREATE = ['clients', 'create', '--name', 'shop', '--redirect-uri', 'https://shop.example.com/callback']

describe('clients on the command line', { timeout: 120_000 }, () => {
  let world: World
  let place: Place

  beforeAll(async () => {
    world = await (small as NonNullable<typeof small>).open()
    place = await openPlace(world)
  })
  afterAll(() => world?.close())

  const codeOf = async (args: readonly string[]) => {
    const { code, stderr } = await place.command(args)
    return [code, stderr.split(/[:\n]/, 1)[0]]
  }

  it('a secret is told when it is made and by no other command', async () => {
    const made = await place.command(CREATE)
    expect(made.code, made.stderr).toBe(0)
    const [id = '', secret = ''] = made.stdout.trim().split('\n')
    expect([id.slice(0, 4), secret.slice(0, 4)]).toEqual(['cli_', 'spc_'])
    for (const verb of [['show', id], ['list'], ['update', id, '--name', 'Shop'], ['disable', id], ['enable', id]]) {
      const { code, stdout, stderr } = await place.command(['clients', ...verb, '--json'])
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).not.toContain(secret)
      expect(stdout).not.toContain('digest')
    }
  })

  it('a secret is replaced by a second one, a third is refused, and the first is revoked', async () => {
    const { id, secrets } = (await place.json(CREATE)) as { id: string; secrets: { id: string }[] }
    const next = (await place.json(['clients', 'rotate-secret', id, '--grace', '24h', '--expires', '90d'])) as {
      secrets: { id: string; expiresAt: string | null }[]
    }
    expect(next.secrets.map(({ expiresAt }) => typeof expiresAt)).toEqual(['string', 'string'])
    expect(await codeOf(['clients', 'rotate-secret', id])).toEqual([1, 'CLIENT_SECRETS_FULL'])
    const revoked = await place.command(['clients', 'revoke-secret', id, secrets[0]?.id ?? ''])
    expect(revoked.stdout).toBe('It is revoked. Secrets that shop still has: 1.\n')
  })

  it('keys come from a file, grants by their short names, and what is on is switched off again', async () => {
    const file = join(world.dataDir, 'keys.json')
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
    await writeFile(file, JSON.stringify({ keys: [key] }))
    const proof = ['--authentication', 'private_key_jwt', '--jwks-file', file]
    const more = [
      '--grant',
      'authorization_code',
      '--grant',
      'token_exchange',
      '--require-mfa',
      'on',
      '--code-life',
      '30s',
    ]
    const made = await place.json([...CREATE, ...proof, ...more])
    expect(made).toMatchObject({
      secret: null,
      jwks: { keys: [key] },
      grants: ['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      requireMfa: true,
      lifetimes: { codeSeconds: 30 },
    })
    const changed = await place.json(['clients', 'update', String(made.id), '--require-mfa', 'off', '--scope', 'none'])
    expect(changed).toMatchObject({ requireMfa: false, scopes: [] })
  })

  it('a certificate is named by one word', async () => {
    const service = ['clients', 'create', '--name', 'billing', '--grant', 'client_credentials']
    const named = ['--authentication', 'tls_client_auth', '--tls-subject', 'san_dns=billing.example.com']
    expect(await place.json([...service, ...named])).toMatchObject({
      tlsSubject: { by: 'san_dns', value: 'billing.example.com' },
    })
    expect((await codeOf([...service, '--tls-subject', 'billing.example.com']))[0]).toBe(2)
  })

  it('what cannot be undone is said twice, and what was forgotten is asked for', async () => {
    const { id } = await place.json(CREATE)
    expect((await codeOf(['clients', 'delete', String(id)]))[0]).toBe(2)
    expect((await place.command(['clients', 'delete', String(id), '--yes'])).stdout).toBe(`${id} is deleted.\n`)
    expect(await codeOf(['clients', 'show', String(id)])).toEqual([1, 'CLIENT_UNKNOWN'])
    expect((await codeOf(['clients', 'create']))[0]).toBe(2)
    expect((await codeOf(['clients', 'update', String(id)]))[0]).toBe(2)
    expect((await codeOf([...CREATE, '--fapi2', 'yes']))[0]).toBe(2)
    expect((await codeOf([...CREATE, '--jwks-file', join(world.dataDir, 'none.json')]))[0]).toBe(2)
  })
})
