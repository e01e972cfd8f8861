/** The grant by which `/v1/auth/token` trades a session of ours for tokens. */
export const OWN_SESSION_GRANT = 'urn:sallyport:params:oauth:grant-type:session'
