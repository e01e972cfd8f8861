import { Type } from '../../core/index.ts'
import { withExample } from '../../http/index.ts'

/** What a client does next where no sign-in is under way. */
export const NextBody = withExample(
  Type.Object({
    next: Type.Enum(['verify_email', 'sign_in'], {
      description: '`verify_email`: the link in the mail, if one came; `sign_in`: /v1/auth/login.',
    }),
  }),
  { next: 'verify_email' },
)

/** What a request shows in its examples where it takes an address alone. */
export const ADDRESS_EXAMPLES = [{ email: 'ada@example.com' }]
export const LINK_EXAMPLES = [{ token: 'spl_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE' }]

/** The token of a mailed link, as it stands in the link. */
export const LinkTokenInput = Type.String({
  minLength: 10,
  maxLength: 64,
  description: 'What stands after `token=` in the link that was mailed.',
  examples: ['spl_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'],
})
