// Solves the challenge of the page that it is on, and hands the solution in. The pass comes as a cookie that no script reads.

const main = document.querySelector('main')
const status = document.querySelector('#status')
const bar = document.querySelector('progress')
const { kind, seed = '', bits = '0' } = main.dataset

// FIPS 180-4, section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
const K = new Int32Array(64)
// Section 5.3.3: the same of the square roots of the first eight.
const START = new Int32Array(8)
fillConstants()

const SLICE_MS = 40

if (kind === 'proof-of-work') work(seed, Number(bits))
else globalThis.sallyportSolved = (token) => hand({ token })

function work(text, wanted) {
  const block = new Uint8Array(64)
  const words = new Int32Array(64)
  const view = new DataView(block.buffer)
  const start = new TextEncoder().encode(`${text}.`)
  const expected = 2 ** wanted
  let nonce = 0

  function isSolved() {
    const end = new TextEncoder().encodeInto(String(nonce), block.subarray(start.length)).written + start.length
    block.fill(0, end)
    block[end] = 0x80
    view.setUint32(60, end * 8)
    return Math.clz32(firstWord(view, words)) >= wanted
  }

  function slice() {
    const until = performance.now() + SLICE_MS
    while (performance.now() < until) {
      for (let i = 0; i < 256; i++, nonce++) {
        if (isSolved()) return hand({ nonce: String(nonce) })
      }
    }
    // How likely it is that somebody would be through by now.
    bar.value = 1 - Math.exp(-nonce / expected)
    setTimeout(slice)
  }

  block.set(start)
  slice()
}

async function hand(solution) {
  say('working', 'Checking…')
  const answer = await fetch(location.pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(solution),
  }).catch(() => null)
  bar.hidden = true
  if (answer?.ok) return say('done', 'Done. Go back and do again what you wanted to do.')
  const told = await answer?.json().catch(() => null)
  say('failed', told?.detail ?? 'It could not be checked. Reload this page to try again.')
}

function say(is, text) {
  status.dataset.is = is
  status.textContent = text
}

// FIPS 180-4, section 6.2.2, for one block. Of the answer only the first word is needed.
function firstWord(view, w) {
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(i * 4)
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]
    const y = w[i - 2]
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[i] = w[i - 16] + s0 + w[i - 7] + s1
  }
  let [a, b, c, d, e, f, g, h] = START
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  return (START[0] + a) | 0
}

function fillConstants() {
  let at = 0
  for (let n = 2; at < 64; n++) {
    if (!isPrime(n)) continue
    if (at < 8) START[at] = fractionOf(Math.sqrt(n))
    K[at++] = fractionOf(Math.cbrt(n))
  }
}

function fractionOf(root) {
  return Math.floor((root - Math.floor(root)) * 2 ** 32)
}

function isPrime(n) {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return true
}
