import { describe, expect, it } from 'vitest'
import { problemsOf, toProblemDocument } from './index.ts'

const refuse = problemsOf({ KEY_EXPIRED: { status: 401, title: 'The key has expired', detail: 'Make a new one.' } })

describe('a problem on the wire', () => {
  it('has the members of RFC 9457, its code and the request id', () => {
    expect(toProblemDocument(refuse('KEY_EXPIRED'), 'req_1')).toEqual({
      type: 'urn:sallyport:problem:key-expired',
      title: 'The key has expired',
      status: 401,
      detail: 'Make a new one.',
      code: 'KEY_EXPIRED',
      requestId: 'req_1',
    })
  })

  it('never shows the private reason or the code that only the Event may carry', () => {
    const document = toProblemDocument(refuse('KEY_EXPIRED', { reason: 'row 7', eventCode: 'KEY_NOT_FOUND' }), 'req_1')
    expect(JSON.stringify(document)).not.toMatch(/row 7|NOT_FOUND/)
  })
})
