import { flag, list, orNull, section, text } from '../fields.ts'

export const tokensField = section('What is asked of access tokens, besides what is always asked.', {
  audience: orNull(
    text(
      'Who they must be for. null takes those for this server, and of another issuer those for one of its `audiences`.',
      { maxLength: 512, examples: ['https://api.example.com'] },
    ),
  ),
  issuers: orNull(
    list(
      'The only issuers that are taken; null for all: ourselves and `oauth.issuers`.',
      text('The name of an issuer, as its tokens carry it.', { maxLength: 512 }),
      { minItems: 1, maxItems: 32 },
    ),
  ),
  once: flag('Each token works once, on whichever node.', { default: false }),
})
