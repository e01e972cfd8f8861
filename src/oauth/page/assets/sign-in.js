// Drives the sign-in of a page over the JSON API, step by step as the server says. Everything that people read stands in
// the page already; this shows and hides it.

const app = document.querySelector('#app')
const { mode, after = '', level = '', device = '', link = '' } = app.dataset
const summary = document.querySelector('#summary')
const status = document.querySelector('#status')
const SIGNED_IN = 'sallyport-signed-in'
const LINK_OPENED = 'sallyport-link-opened'
const LEVELS = ['aal1', 'aal2', 'aal3']
const canPasskeys = typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function'

let flow = null
let email = ''
let busy = false
let offered = null

// Whoever looks at this screen, or asks the browser where it was, must not find it there.
const token = link === '' ? '' : (new URLSearchParams(location.search).get('token') ?? '')
if (link !== '') history.replaceState(null, '', location.pathname)

class Refused extends Error {
  constructor(code, errors = [], status = 0) {
    super(code)
    this.code = code
    this.status = status
    this.errors = errors
  }
}

async function ask(path, body, method = 'POST') {
  const answer = await fetch(path, {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Refused('OFFLINE')
  })
  const text = await answer.text()
  const told = text === '' ? {} : JSON.parse(text)
  if (!answer.ok) throw new Refused(told.code ?? 'OTHER', told.errors, answer.status)
  return told
}

// --- What is shown

function step(name) {
  return app.querySelector(`[data-step="${name}"]`)
}

function show(name) {
  clearProblem()
  for (const section of app.querySelectorAll('[data-step]')) section.hidden = section.dataset.step !== name
  step(name).querySelector('h1').focus()
}

function shownStep() {
  return app.querySelector('[data-step]:not([hidden])') ?? app
}

function offer(methods) {
  const usable = methods.filter((method) => panel(method) !== null && (method !== 'passkey' || canPasskeys))
  for (const item of shownStep().querySelectorAll('[data-for]'))
    item.dataset.offered = String(usable.includes(item.dataset.for))
  const inOrder = [...shownStep().querySelectorAll('[data-method]')].map(({ dataset }) => dataset.method)
  const first = inOrder.find((method) => usable.includes(method))
  if (first !== undefined) choose(first)
}

function panel(method) {
  return shownStep().querySelector(`[data-method="${method}"]`)
}

function choose(method) {
  const section = shownStep()
  for (const each of section.querySelectorAll('[data-method]')) each.hidden = each.dataset.method !== method
  const others = [...section.querySelectorAll('[data-for]')]
  for (const item of others) item.hidden = item.dataset.offered === 'false' || item.dataset.for === method
  const ways = section.querySelector('[data-ways]')
  if (ways !== null) ways.hidden = others.every(({ hidden }) => hidden)
}

function chosen() {
  return shownStep().querySelector('[data-method]:not([hidden])')?.dataset.method
}

function sentence(code) {
  const known = document.querySelector(`template[data-problem="${CSS.escape(code)}"]`)
  return (known ?? document.querySelector('template[data-problem="OTHER"]'))?.content.textContent ?? code
}

function tell({ code, errors = [] }) {
  const field = [...shownStep().querySelectorAll('form input:not([hidden]):not([type=checkbox])')].findLast(
    (input) => input.offsetParent !== null,
  )
  const text = document.querySelector('#problem')
  text.replaceChildren(field === undefined ? sentence(code) : linkTo(field, sentence(code)))
  summary.querySelector('ul')?.remove()
  const faults = code === 'INPUT_INVALID' ? errors.map(({ message }) => message) : []
  if (faults.length > 0) summary.append(listOf(faults))
  if (field !== undefined) mark(field)
  summary.hidden = false
  summary.focus()
}

function linkTo(field, text) {
  const link = document.createElement('a')
  link.href = `#${field.id}`
  link.textContent = text
  link.addEventListener('click', (event) => {
    event.preventDefault()
    field.focus()
  })
  return link
}

function listOf(texts) {
  const list = document.createElement('ul')
  for (const text of texts) {
    const item = document.createElement('li')
    item.textContent = text
    list.append(item)
  }
  return list
}

function mark(field) {
  field.setAttribute('aria-invalid', 'true')
  field.dataset.describedby ??= field.getAttribute('aria-describedby') ?? ''
  field.setAttribute('aria-describedby', `problem ${field.dataset.describedby}`.trim())
}

function clearProblem() {
  if (summary !== null) summary.hidden = true
  for (const field of app.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid')
    if (field.dataset.describedby === '') field.removeAttribute('aria-describedby')
    else field.setAttribute('aria-describedby', field.dataset.describedby)
  }
}

/** Does one thing at a time, and says what went wrong with it. */
async function doing(button, work) {
  if (busy) return
  busy = true
  button?.setAttribute('aria-disabled', 'true')
  if (status !== null) status.textContent = status.dataset.wait
  clearProblem()
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.code === 'SIGN_IN_ENDED' && mode === 'sign-in') {
      startAnew()
    }
    tell(error)
  } finally {
    busy = false
    button?.removeAttribute('aria-disabled')
    if (status !== null) status.textContent = ''
  }
}

// --- Where it goes

function goOn() {
  new BroadcastChannel(SIGNED_IN).postMessage(null)
  if (after === '') location.reload()
  else location.assign(after)
  // The page is left; nothing of it may be used any more.
  return new Promise(() => undefined)
}

function startAnew() {
  flow = null
  if (step('start') === null) location.assign(after)
  else show('start')
}

async function follow(standing) {
  if (standing.flow !== undefined) flow = standing.flow
  if (standing.backupCodes?.length > 0) return keepCodes(standing)
  if (standing.next === 'done') return link === 'invitation' ? accept() : goOn()
  if (standing.next === 'password') return startAnew()
  show(standing.next)
  if (standing.next === 'second_factor') offer(standing.methods)
  if (standing.next === 'enroll') offerEnrolment(standing.methods)
}

let afterCodes = null
function keepCodes({ backupCodes, ...standing }) {
  afterCodes = standing
  show('backup_codes')
  const items = backupCodes.map((text) => {
    const item = document.createElement('li')
    const code = document.createElement('code')
    code.textContent = text
    item.append(code)
    return item
  })
  app.querySelector('[data-codes]').replaceChildren(...items)
}

function offerEnrolment(methods) {
  for (const button of app.querySelectorAll('[data-enroll]')) {
    const { enroll } = button.dataset
    button.hidden = !methods.includes(enroll) || (enroll === 'passkey' && !canPasskeys)
  }
}

// --- Invitations

let invited = null
let isMember = false

async function lookAtInvitation() {
  invited = await ask('/v1/auth/invitation', { token })
  email = invited.email
  for (const place of app.querySelectorAll('[data-organization]')) place.textContent = invited.organization.name
  for (const place of app.querySelectorAll('[data-invited]')) place.textContent = email
  for (const input of app.querySelectorAll('[data-username]')) input.value = email
  show(invited.hasAccount ? 'invitation' : 'invitation_register')
}

/** Accepts as whoever is signed in. Who is not, or is somebody else, signs in first. */
async function accept() {
  try {
    if (!isMember) await ask('/v1/account/invitations/accept', { token })
    show('link_done')
  } catch (error) {
    const isOther = error.code === 'INVITATION_FOR_ANOTHER'
    if (!isOther && error.status !== 401) throw error
    show('start')
    document.querySelector('#email').value = email
    app.querySelector('[data-passkeys]').hidden = !canPasskeys
    if (isOther) throw error
    document.querySelector('#password').focus()
  }
}

async function register({ name, password }) {
  await ask('/v1/auth/register', { email, name: name.trim(), password, invitation: token })
  // Whoever registers by an invitation has accepted it.
  isMember = true
  await follow(await ask('/v1/auth/login', { email, password }))
}

// --- Passkeys

let waiting = null

async function getPasskey(options, mediation) {
  waiting?.abort()
  const controller = new AbortController()
  waiting = controller
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const made = await navigator.credentials
    .get({ publicKey, mediation, signal: controller.signal })
    .catch((error) => Promise.reject(controller.signal.aborted ? error : new Refused('PASSKEY_ABORTED')))
  if (made === null) throw new Refused('PASSKEY_ABORTED')
  return made.toJSON()
}

async function makePasskey(options) {
  waiting?.abort()
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  const made = await navigator.credentials.create({ publicKey }).catch(() => {
    throw new Refused('PASSKEY_ABORTED')
  })
  return made.toJSON()
}

async function signInWithPasskey(mediation) {
  const options = await ask('/v1/auth/passkey/options', {})
  const response = await getPasskey(options, mediation)
  await follow(await ask('/v1/auth/passkey', { response }))
}

/** Lets the browser offer the passkeys that it has in the field for the address. */
async function offerPasskeys() {
  app.querySelector('[data-passkeys]').hidden = false
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return
  try {
    await signInWithPasskey('conditional')
  } catch (error) {
    if (error instanceof Refused && error.code !== 'PASSKEY_ABORTED' && error.code !== 'PASSKEYS_UNAVAILABLE')
      tell(error)
    if (error.code === 'PASSKEYS_UNAVAILABLE') app.querySelector('[data-passkeys]').hidden = true
  }
}

// --- Proofs

async function prove(proof) {
  const method = chosen()
  if (mode === 'sign-in') {
    const trustDevice = document.querySelector('#trust').checked
    return follow(await ask('/v1/auth/mfa', { flow, method, ...proof, ...(trustDevice ? { trustDevice } : {}) }))
  }
  const { acr } = await ask('/v1/account/step-up', { method, ...proof })
  const isPage = step('prove') !== null && level !== ''
  if (isPage && LEVELS.indexOf(acr) < LEVELS.indexOf(level) && method === 'passkey') throw new Refused('NOT_ENOUGH')
  return goOn()
}

function begin(method) {
  if (mode === 'sign-in') return ask('/v1/auth/mfa/begin', { flow, method })
  return ask('/v1/account/step-up/begin', { method })
}

async function enrollTotp() {
  offered = mode === 'sign-in' ? await ask('/v1/auth/enroll/totp', { flow }) : await ask('/v1/account/factors/totp', {})
  show('enroll_totp')
  const picture = new DOMParser().parseFromString(offered.qr, 'image/svg+xml').documentElement
  app.querySelector('[data-qr]').replaceChildren(document.importNode(picture, true))
  app.querySelector('[data-key]').textContent = offered.key
}

async function enrollPasskey() {
  const kind = 'passkey'
  if (mode === 'sign-in') {
    const response = await makePasskey(await ask('/v1/auth/enroll/passkey/options', { flow, kind }))
    return follow(await ask('/v1/auth/enroll/passkey', { flow, name: device, response }))
  }
  const response = await makePasskey(await ask('/v1/account/passkeys/options', { kind }))
  const { backupCodes } = await ask('/v1/account/passkeys', { name: device, response })
  return follow({ next: 'done', backupCodes })
}

// --- What buttons and forms do

/** What a mailed link is redeemed by. */
const LINKS = {
  verify: '/v1/auth/verify',
  reset: '/v1/auth/password/reset',
  magic: '/v1/auth/magic-link/redeem',
  'email-change': '/v1/auth/email/confirm',
  recovery: '/v1/auth/recovery/stop',
}

const FORMS = {
  link: async ({ password }) => {
    if (token === '') throw new Refused(link === 'invitation' ? 'INVITATION_ENDED' : 'LINK_ENDED')
    if (link === 'invitation') return lookAtInvitation()
    const standing = await ask(LINKS[link], { token, ...(password === undefined ? {} : { password }) })
    if (link === 'magic') return follow(standing)
    new BroadcastChannel(LINK_OPENED).postMessage(link)
    show('link_done')
  },
  password: async ({ email: typed, password }) => {
    email = typed.trim()
    for (const input of app.querySelectorAll('[data-username]')) input.value = email
    await follow(await ask('/v1/auth/login', { email, password }))
  },
  forgot: async ({ email: typed }) => {
    await ask('/v1/auth/password/forgot', { email: typed.trim() })
    show('forgot_sent')
  },
  register,
  prove: ({ code, password }) => prove(password === undefined ? { code: code.trim() } : { password }),
  'enroll-totp': async ({ code: typed }) => {
    const code = typed.trim()
    if (mode === 'sign-in') return follow(await ask('/v1/auth/enroll/totp/confirm', { flow, code }))
    const { backupCodes } = await ask('/v1/account/factors/totp/confirm', { code })
    return follow({ next: 'done', backupCodes })
  },
  'change-password': async ({ password }) => follow(await ask('/v1/auth/password', { flow, password })),
}

const BUTTONS = {
  passkey: () => signInWithPasskey('optional'),
  'prove-passkey': async () => prove({ response: await getPasskey(await begin('passkey'), 'optional') }),
  'send-code': async () => {
    const section = panel(chosen())
    const { sentTo = '' } = await begin(chosen())
    const sent = section.querySelector('[data-sent]')
    sent.querySelector('[data-sent-to]').textContent = sentTo
    section.querySelector('[data-do="send-code"]').hidden = true
    sent.hidden = false
    sent.querySelector('input').focus()
  },
  'magic-link': async () => {
    const typed = document.querySelector('#email').value.trim()
    await ask('/v1/auth/magic-link', { email: typed })
    show('link_sent')
  },
  accept,
  resume: async () => follow(await ask('/v1/auth/resume', { flow })),
  'verify-again': async () => {
    await ask('/v1/auth/verify/resend', { email })
    shownStep().querySelector('[data-again]').hidden = false
  },
  'codes-kept': () => follow(afterCodes),
  'sign-out': async () => {
    await ask('/v1/auth/logout')
    location.reload()
  },
  reload: () => location.reload(),
}

app.addEventListener('submit', (event) => {
  const { do: name } = event.target.dataset
  if (name === undefined) return
  event.preventDefault()
  const button = event.target.querySelector('button')
  const fields = Object.fromEntries(new FormData(event.target))
  const isEmpty = [...event.target.querySelectorAll('input[required]')].some(({ value }) => value.trim() === '')
  doing(button, () => (isEmpty ? Promise.reject(new Refused('INPUT_INVALID')) : FORMS[name](fields)))
})

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('button[type=button]')
  if (button === null || button === undefined) return
  const { do: name, show: target, choose: method, enroll } = button.dataset
  if (target === 'start') startAnew()
  else if (target !== undefined) show(target)
  if (method !== undefined) {
    choose(method)
    panel(method).querySelector('input, button').focus()
  }
  if (enroll !== undefined) doing(button, enroll === 'totp' ? enrollTotp : enrollPasskey)
  if (name !== undefined) doing(button, BUTTONS[name])
})

// Somebody signed in in another tab of this browser, such as the one of a mailed link.
new BroadcastChannel(SIGNED_IN).addEventListener('message', () => {
  if (mode !== 'sign-in' || step('link_sent')?.hidden !== false) return
  if (link === 'invitation') doing(null, accept)
  else location.reload()
})

new BroadcastChannel(LINK_OPENED).addEventListener('message', ({ data }) => {
  if (data === 'verify' && step('verify_email')?.hidden === false && flow !== null) doing(null, BUTTONS.resume)
})

for (const button of document.querySelectorAll('[data-do="sign-out"]')) button.hidden = false
if (mode === 'sign-in' && link === '') {
  const [address, password] = [document.querySelector('#email'), document.querySelector('#password')]
  if (address.value === '') address.focus()
  else password.focus()
  if (canPasskeys) offerPasskeys()
}
if (mode === 'step-up') {
  if (step('prove') !== null) offer([...app.querySelectorAll('[data-method]')].map(({ dataset }) => dataset.method))
  const enrollable = app.querySelector('[data-enrollable]')?.dataset.enrollable
  if (enrollable !== undefined) offerEnrolment(enrollable.split(' '))
}
