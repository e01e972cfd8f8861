import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, load } from '../load.ts'
import { type Peer, startPeer } from '../process.ts'
import { atLeast, atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 5
const SECONDS = 4
const CONNECTIONS = 64
const BYTES = 16_384

/** Bodies of 16 KB that are held to an OpenAPI document, beside the same route that passes them on. Rounds alternate. */
export async function benchBodies(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const upstream = await startPeer('upstream', {}, '1')
  const gateway = await startPeer('bodies', { UPSTREAM: upstream.url, DATA: data }, '0')
  try {
    const plain: Load[] = []
    const checked: Load[] = []
    await ask(gateway, 'plain', 1)
    await ask(gateway, 'checked', 2)
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(await ask(gateway, 'plain', SECONDS))
      checked.push(await ask(gateway, 'checked', SECONDS))
    }
    return figuresOf(plain, checked)
  } finally {
    for (const peer of [gateway, upstream]) await peer.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

function ask({ url }: Peer, route: string, seconds: number): Promise<Load> {
  return load(`${url}/${route}`, { seconds, connections: CONNECTIONS, headers: {}, core: '1', body: bodyOf(BYTES) })
}

function figuresOf(plain: readonly Load[], checked: readonly Load[]): Figure[] {
  const rates = (loads: readonly Load[]) => loads.map(({ perSecond }) => perSecond)
  const ratios = checked.map(({ perSecond }, i) => perSecond / (plain[i]?.perSecond ?? Number.NaN))
  return [
    figure('bodies of 16 KB, passed on', 'requests/s', rates(plain)),
    figure('bodies of 16 KB, held to a schema', 'requests/s', rates(checked)),
    figure('bodies of 16 KB, held to a schema over passed on', 'x', ratios, atLeast(0.6)),
    figure(
      'bodies, failed requests',
      'requests',
      [...plain, ...checked].map(({ errors }) => errors),
      atMost(0),
    ),
  ]
}

function bodyOf(bytes: number) {
  const items: unknown[] = []
  for (let i = 0; JSON.stringify({ items }).length < bytes; i++) {
    items.push({
      id: `ord_${i}`,
      status: 'open',
      customer: { id: 'usr_ana', email: 'ana@example.com' },
      amount: 12_900 + i,
      lines: [
        { name: 'Lamp', price: 4900 },
        { name: 'Size L', price: 12.5 },
      ],
      notes: 'Agreed by phone; no invoice in the box.',
    })
  }
  return { items }
}
