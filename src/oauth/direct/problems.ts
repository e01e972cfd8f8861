import { type ProblemTable, problemsOf } from '../../core/index.ts'

export const directProblems = {
  PASSWORD_TOKENS_OFF: {
    status: 403,
    title: 'Passwords are not traded for tokens here',
    detail: 'This server sends people to its own pages to sign in. Use the authorization code flow.',
  },
  CLIENT_REFUSED: {
    status: 401,
    title: 'Client not accepted',
    detail: 'The client is not known, its secret is wrong, or it may not trade passwords for tokens.',
  },
  TOKENS_REFUSED: {
    status: 400,
    title: 'No tokens for this',
    detail: 'The person signed in, and was signed out again: the client may not have what it asked for.',
  },
} as const satisfies ProblemTable

export const refuseDirect = problemsOf(directProblems)
