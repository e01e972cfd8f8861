import { frameSources } from './front-channel.ts'

/** Seconds that clients have to forget, before the browser goes on. */
const FOR_CLIENTS = 3

/** Headers of the page: it runs nothing, is put into no other page, and loads those frames alone. */
export function framesHeaders(addresses: readonly string[]): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; ${frameSources(addresses)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
  }
}

/** The page between the end of a session and where the browser goes on: clients are told in frames nobody sees. */
export function framesPage(addresses: readonly string[], onward: string): string {
  const frames = addresses.map((address) => `<iframe hidden src="${escaped(address)}" title="Signing out"></iframe>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${FOR_CLIENTS}; url=${escaped(onward)}">
<title>Signing out</title>
</head>
<body>
<p role="status">You are being signed out. <a href="${escaped(onward)}">Go on</a></p>
${frames.join('\n')}
</body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string)
}
