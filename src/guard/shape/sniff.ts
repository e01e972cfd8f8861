import { isUtf8 } from 'node:buffer'

/** Where some bytes of a kind of file stand. `..` is any byte. */
type Magic = { readonly at: number; readonly bytes: readonly (number | null)[] }

const magic = (pattern: string, at = 0): Magic => ({
  at,
  bytes: pattern.split(' ').map((byte) => (byte === '..' ? null : Number.parseInt(byte, 16))),
})

const ZIP = [magic('50 4b 03 04'), magic('50 4b 05 06')]
const brands = (...names: readonly string[]) => names.map((name) => magic(hex(`ftyp${name}`), 4))

/** The kinds of files that can be told by their bytes; of text kinds every byte is looked at. */
const KINDS = {
  'image/png': [magic('89 50 4e 47 0d 0a 1a 0a')],
  'image/jpeg': [magic('ff d8 ff')],
  'image/gif': [magic(hex('GIF87a')), magic(hex('GIF89a'))],
  'image/webp': [magic(`${hex('RIFF')} .. .. .. .. ${hex('WEBP')}`)],
  'image/avif': brands('avif', 'avis'),
  'image/heic': brands('heic', 'heix', 'mif1'),
  'application/pdf': [magic(hex('%PDF-'))],
  'application/zip': ZIP,
  'application/gzip': [magic('1f 8b 08')],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ZIP,
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ZIP,
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': ZIP,
  'video/mp4': brands('isom', 'iso2', 'mp41', 'mp42', 'avc1', 'dash', 'M4V '),
  'video/webm': [magic('1a 45 df a3')],
  'audio/mpeg': [magic(hex('ID3')), magic('ff fb'), magic('ff f3'), magic('ff f2')],
  'audio/wav': [magic(`${hex('RIFF')} .. .. .. .. ${hex('WAVE')}`)],
  'audio/ogg': [magic(hex('OggS'))],
  'text/plain': 'text',
  'text/csv': 'text',
} as const satisfies Record<string, readonly Magic[] | 'text'>

/** A type of file that can be told by its bytes. */
export type UploadType = keyof typeof KINDS
export const UPLOAD_TYPES = Object.freeze(Object.keys(KINDS)) as readonly UploadType[]

/** Whether bytes are of the type that somebody says. False for types that cannot be told. */
export function isOfType(bytes: Buffer, type: string): boolean {
  if (!Object.hasOwn(KINDS, type)) return false
  const kind = KINDS[type as UploadType]
  return kind === 'text' ? isText(bytes) : kind.some((pattern) => matches(bytes, pattern))
}

function matches(file: Buffer, { at, bytes }: Magic): boolean {
  return bytes.every((byte, i) => (byte === null ? file.length > at + i : file[at + i] === byte))
}

// Text is what no browser or program could take for markup, a script or something with magic bytes.
function isText(bytes: Buffer): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return isUtf8(bytes) && !/[\u0000-\u0008\u000b\u000e-\u001f]|^\s*(<[!?a-z]|#!|%PDF)/i.test(bytes.toString())
}

function hex(text: string): string {
  return [...Buffer.from(text, 'latin1')].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
