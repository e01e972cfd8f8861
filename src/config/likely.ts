// Longer names are not typing errors of ours, and comparing them would only cost time.
const LONGEST = 64

/**
 * The known word that was most likely meant: the nearest by edits (insert, delete, replace, swap of neighbours),
 * letter case and separators aside, when it is near enough to be no accident.
 *
 * @example likelyName('autenticate', ['authenticate', 'public']) // 'authenticate'
 */
export function likelyName(written: string, known: Iterable<string>): string | null {
  if (written.length > LONGEST) return null
  let best: string | null = null
  let least = Infinity
  for (const name of known) {
    const distance = editDistance(plain(written), plain(name))
    if (distance < least && distance <= allowance(name)) {
      least = distance
      best = name
    }
  }
  return best
}

/** The clause to end a message with: ` (did you mean X?)`, or nothing. */
export function didYouMean(written: string, known: Iterable<string>): string {
  const name = likelyName(written, known)
  return name === null ? '' : `; did you mean "${name}"?`
}

/** How many single edits lie between two words (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const least = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(swapped ? Math.min(least, (before[j - 2] ?? 0) + 1) : least)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '')
}

function allowance(name: string): number {
  return Math.max(1, Math.min(4, Math.floor(name.length / 3)))
}
