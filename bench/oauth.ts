/** What the peers of the OAuth benchmarks share. */
export const API = 'https://api.example.com'
export const CALLBACK = 'https://rp.example.com/callback'
export const SECRET = 'a secret of the bench that nobody uses elsewhere'
export const PASSWORD = 'correct horse battery staple'
export const EMAIL = 'ada@example.com'
