import { describe, expect, it } from 'vitest'
import { anonymous } from '../../core/index.ts'
import { createGithubReports } from './leak-github.ts'

// The example of GitHub's own documentation of the partner programme.
const body = '[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]'
const identifier = 'f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d'
const signature = 'MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY='
const publicKey =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gPHzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q=='

const caller = { principal: anonymous, address: null, userAgent: null, requestId: null }
const reports = createGithubReports({
  settings: { publicKeys: { [identifier]: publicKey }, keysUrl: null },
  leak: async () => ({ is: 'unknown' }),
  clock: { now: () => 0 },
})

describe('a report of GitHub', () => {
  it('signed as in the published example is taken', async () => {
    const answer = await reports({ body: Buffer.from(body), identifier, signature }, caller)
    expect(answer).toMatchObject({ ok: true, value: [{ token_type: 'some_type', label: 'false_positive' }] })
  })

  it('changed by one byte is not', async () => {
    const changed = Buffer.from(body.replace('some_url', 'some_urk'))
    const answer = await reports({ body: changed, identifier, signature }, caller)
    expect(answer).toMatchObject({ ok: false, problem: { code: 'SIGNATURE_INVALID' } })
  })
})
