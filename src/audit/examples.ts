// What `/openapi.json` shows of the record. Digests and signatures are shortened.

const EVENT = 'evt_1hq3v0c9kd5m7w2x8p4t6r1a'
const KEY = 'key_1hq3v0c9kd5m7w2x8p4t6r1a'
const PERSON = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'
const LOG = 'log_1hq3v0c9kd5m7w2x8p4t6r1a'

export const eventExample = {
  id: EVENT,
  at: '2026-11-21T10:00:00.000Z',
  type: 'key.created',
  outcome: 'success',
  code: null,
  principalKind: 'user',
  principal: PERSON,
  credential: null,
  organization: 'org_default',
  address: '192.0.2.7',
  country: 'SE',
  userAgent: 'sallyport-cli',
  method: null,
  route: null,
  resource: KEY,
  status: null,
  duration: null,
  bytesIn: null,
  bytesOut: null,
  requestId: 'req_1hq3v0c9kd5m7w2x8p4t6r1a',
  traceId: null,
  details: { name: 'billing worker', environment: 'live' },
}

export const proofExample = {
  event: eventExample,
  log: LOG,
  seq: 5209,
  body: '[…]',
  inclusion: ['mR8T…=', 'q0Zc…='],
  checkpoint: `sallyport/${LOG}\n5210\nV3xk…=\n\n— sallyport/${LOG} 9bF2…=\n`,
}

export const keyExample = { key: 'sallyport/audit+1a2b3c4d+AQID…=' }

const { at: _shown, ...kept } = eventExample
const line = { log: LOG, seq: 5209, leaf: 'mR8T…=', at: 1_795_255_200_000, ...kept }
const header = { export: 'sallyport-audit', version: 1, complete: false, logs: [], checkpoints: [] }

export const lineExample = `${JSON.stringify(header)}\n${JSON.stringify(line)}\n`
export const messageExample = `:\n\nid: ${EVENT}\ndata: ${JSON.stringify(eventExample)}\n\n`
