import type { BareItem, Dictionary, InnerList, Item, Member, Parameters } from './field.ts'

/** Writes a dictionary (RFC 9651, section 4.1.2). @throws TypeError for a value that has no form */
export function serializeDictionary(members: Dictionary): string {
  return [...members].map(([key, member]) => named(key, member)).join(', ')
}

/** Writes a list (section 4.1.1). @throws TypeError for a value that has no form */
export function serializeList(members: readonly Member[]): string {
  return members.map(serializeMember).join(', ')
}

/** Writes an inner list with its parameters (section 4.1.1.1). @throws TypeError for a value that has no form */
export function serializeInnerList({ items, parameters }: InnerList): string {
  return `(${items.map(serializeItem).join(' ')})${serializeParameters(parameters)}`
}

/** Writes an item with its parameters (section 4.1.3). @throws TypeError for a value that has no form */
export function serializeItem({ item, parameters }: Item): string {
  return `${bare(item)}${serializeParameters(parameters)}`
}

function serializeMember(member: Member): string {
  return 'items' in member ? serializeInnerList(member) : serializeItem(member)
}

function named(key: string, member: Member): string {
  if ('item' in member && member.item.is === 'boolean' && member.item.value)
    return `${keyText(key)}${serializeParameters(member.parameters)}`
  return `${keyText(key)}=${serializeMember(member)}`
}

function serializeParameters(parameters: Parameters): string {
  let text = ''
  for (const [key, value] of parameters) {
    text += `;${keyText(key)}`
    if (!(value.is === 'boolean' && value.value)) text += `=${bare(value)}`
  }
  return text
}

function keyText(key: string): string {
  return held(/^[a-z*][a-z0-9_\-.*]*$/, key, key)
}

function bare(item: BareItem): string {
  switch (item.is) {
    case 'integer':
      return integer(item.value)
    case 'date':
      return `@${integer(item.value)}`
    case 'decimal':
      return decimal(item.value)
    case 'string':
      return held(/^[\x20-\x7e]*$/, item.value, `"${item.value.replaceAll(/["\\]/g, '\\$&')}"`)
    case 'token':
      return held(/^[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*$/, item.value, item.value)
    case 'bytes':
      return `:${item.value.toString('base64')}:`
    case 'boolean':
      return item.value ? '?1' : '?0'
    case 'display':
      return `%"${displayText(item.value)}"`
  }
}

function integer(value: number): string {
  return held(/^-?\d{1,15}$/, String(value), String(value))
}

// Three digits at the most; of two that are as near, the even one (section 4.1.5).
function decimal(value: number): string {
  const thousandths = value * 1000
  const down = Math.floor(thousandths)
  const isHalf = thousandths - down === 0.5
  const rounded = isHalf ? down + Math.abs(down % 2) : Math.round(thousandths)
  const text = String(rounded / 1000)
  const whole = text.includes('.') ? text : `${text}.0`
  return held(/^-?\d{1,12}\.\d{1,3}$/, whole, whole)
}

function displayText(value: string): string {
  return [...Buffer.from(value, 'utf8')]
    .map((byte) =>
      byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x25
        ? `%${byte.toString(16).padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('')
}

function held(form: RegExp, value: string, text: string): string {
  if (!form.test(value)) throw new TypeError('a value has no form in a structured field')
  return text
}
