/** Where each endpoint is, by the library's names. */
export const ENDPOINTS = Object.freeze({
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/jwks',
  introspection: '/oauth/introspect',
  revocation: '/oauth/revoke',
  pushed_authorization_request: '/oauth/par',
  device_authorization: '/oauth/device/authorize',
  code_verification: '/oauth/device',
  backchannel_authentication: '/oauth/backchannel',
  registration: '/oauth/register',
  end_session: '/oauth/logout',
})

/** Where people go on: sign in, prove more, agree. Everything of one request lies below its address, as its cookie does. */
export const INTERACTION = '/oauth/interaction'
