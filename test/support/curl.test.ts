import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canUse } from './backends.ts'
import { curl } from './curl.ts'

describe.skipIf(!canUse.curl)('curl with a jar', () => {
  let server: Server
  let port: number
  let cwd: string

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'sallyport-curl-'))
    server = createServer(({ url, headers }, response) => {
      const cookies = ['__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax', 'plain=1; Path=/']
      if (url === '/in') response.setHeader('set-cookie', cookies)
      if (url === '/out') response.setHeader('set-cookie', '__Host-session=; Path=/; Secure; HttpOnly; Max-Age=0')
      response.end(headers.cookie ?? 'none')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })

  afterAll(async () => {
    server.close()
    await rm(cwd, { recursive: true })
  })

  const withJar = (jar: string, address: string, ...more: string[]) =>
    curl(['-b', jar, '-c', jar, ...more, address], { cwd })

  it.each(['127.0.0.1', 'localhost'])('keeps and sends secure __Host- cookies of http://%s', async (host) => {
    const url = `http://${host}:${port}`
    expect(await withJar(host, `${url}/in`)).toEqual({ code: 0, stdout: 'none', stderr: '' })
    expect(await readFile(join(cwd, host), 'utf8')).toMatch(
      new RegExp(`^#HttpOnly_${host}\tFALSE\t/\tTRUE\t0\t__Host-session\tabc$`, 'm'),
    )
    expect((await withJar(host, url)).stdout.split('; ').sort()).toEqual(['__Host-session=abc', 'plain=1'])
    await withJar(host, `${url}/out`)
    expect((await withJar(host, url)).stdout).toBe('plain=1')
  })

  it('keeps no secure cookie of a host that only resolves to this machine', async () => {
    const url = `http://app.example.com:${port}`
    const resolve = ['--resolve', `app.example.com:${port}:127.0.0.1`]
    await withJar('other', `${url}/in`, ...resolve)
    expect((await withJar('other', url, ...resolve)).stdout).toBe('plain=1')
  })

  it('says when it fails, by its own code', async () => {
    const { code, stderr } = await curl(['ftp://127.0.0.1:1'], { cwd })
    expect([code, stderr]).toEqual([7, expect.stringContaining('connect')])
  })
})
