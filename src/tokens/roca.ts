/**
 * The primes of a chip's generator were powers of 65537 modulo the product of small primes, and so were its moduli
 * (CVE-2017-15361). A modulus that is one modulo every prime here is from that generator: by chance it happens to fewer
 * than one key in 2^27.
 */
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
]

let residues: readonly { readonly prime: bigint; readonly powers: ReadonlySet<bigint> }[] | null = null

/** Whether an RSA modulus has the mark of keys whose private half can be computed. */
export function isRocaWeak(modulus: bigint): boolean {
  residues ??= PRIMES.map((prime) => ({ prime: BigInt(prime), powers: powersModulo(BigInt(prime)) }))
  return residues.every(({ prime, powers }) => powers.has(modulus % prime))
}

function powersModulo(prime: bigint): ReadonlySet<bigint> {
  const powers = new Set<bigint>()
  for (let power = 1n; !powers.has(power); power = (power * 65_537n) % prime) powers.add(power)
  return powers
}
