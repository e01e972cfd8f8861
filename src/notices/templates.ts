/** A mail before its values: what it needs to know, and plain text with `{name}` where they go. */
export type Template = { readonly values: readonly string[]; readonly subject: string; readonly text: string }

/** Every mail there is. Plain text alone: nothing to inject into, nothing to load, readable everywhere. */
export const templates = {
  rotation_due_soon: {
    values: ['key', 'keyId', 'owner', 'days', 'date', 'how'],
    subject: 'The key "{key}" is rotated in {days} days',
    text: `The API key "{key}" ({keyId}) of {owner} is due to be rotated in {days} days, on {date}.
{how}

To rotate it now:
  sallyport keys rotate {keyId}`,
  },
  rotation_due_today: {
    values: ['key', 'keyId', 'owner', 'date', 'how'],
    subject: 'The key "{key}" is rotated within a day',
    text: `The API key "{key}" ({keyId}) of {owner} is due to be rotated within a day, on {date}.
{how}

To rotate it now:
  sallyport keys rotate {keyId}`,
  },
  rotation_overdue: {
    values: ['key', 'keyId', 'owner', 'date'],
    subject: 'The key "{key}" has to be rotated now',
    text: `The API key "{key}" ({keyId}) of {owner} has been due to be rotated since {date}.
It has no secret store that a new key could be placed in, so nothing happens by itself.

To rotate it:
  sallyport keys rotate {keyId}`,
  },
  key_rotated: {
    values: ['key', 'keyId', 'newKeyId', 'owner', 'stored', 'graceEnds'],
    subject: 'The key "{key}" was rotated',
    text: `The API key "{key}" ({keyId}) of {owner} was replaced by {newKeyId}.

Where the new key is: {stored}
The old key works until: {graceEnds}

Until then the rotation can be taken back:
  sallyport keys rollback {keyId}`,
  },
  rotation_failed: {
    values: ['key', 'keyId', 'owner', 'reason', 'next'],
    subject: 'The key "{key}" could not be rotated',
    text: `The API key "{key}" ({keyId}) of {owner} was due to be rotated, and was not: {reason}

The old key still works. Next attempt: {next}`,
  },
  approval_wanted: {
    values: ['key', 'keyId', 'requester', 'reason', 'approval', 'lapses'],
    subject: 'A rotation of "{key}" waits for approval',
    text: `{requester} asks to rotate the API key "{key}" ({keyId}).

Reason: {reason}

Somebody else with the permission keys:approve decides, until {lapses}:
  sallyport approvals approve {approval}
  sallyport approvals reject {approval}`,
  },
  approval_decided: {
    values: ['key', 'keyId', 'decision', 'decider', 'reason'],
    subject: 'The rotation of "{key}" was {decision}',
    text: `{decider} has {decision} the rotation of the API key "{key}" ({keyId}).

Reason: {reason}`,
  },
  emergency_rotation: {
    values: ['key', 'keyId', 'actor', 'reason'],
    subject: 'Emergency: the key "{key}" was rotated without approval',
    text: `{actor} rotated the API key "{key}" ({keyId}) at once, without waiting for approval.

Reason: {reason}

If nobody you know asked for this, look at what that caller did:
  sallyport audit search --principal {actor}`,
  },
  key_leaked: {
    values: ['key', 'keyId', 'owner', 'where'],
    subject: 'The key "{key}" was found in public and revoked',
    text: `The API key "{key}" ({keyId}) of {owner} was reported as leaked and was revoked at once.

Where it was found: {where}

Make a new key for whatever used it, and look at what was done with the old one:
  sallyport keys usage {keyId}`,
  },
  key_expires_soon: {
    values: ['key', 'keyId', 'owner', 'days', 'date'],
    subject: 'The key "{key}" expires in {days} days',
    text: `The API key "{key}" ({keyId}) of {owner} expires in {days} days, on {date}, and stops working then.

To replace it by a new one:
  sallyport keys rotate {keyId}`,
  },
  webhook_disabled: {
    values: ['webhook', 'address', 'reason'],
    subject: 'The webhook to {address} was disabled',
    text: `The webhook {webhook} to {address} was disabled: {reason}

It is told nothing until it is enabled again; what happens meanwhile it will not hear of. See what was answered, then
enable it:
  sallyport webhooks deliveries {webhook}
  sallyport webhooks change {webhook} --enable`,
  },
} as const satisfies Readonly<Record<string, Template>>

export type TemplateName = keyof typeof templates

/** What a template needs to know: every name of its values, and no other. */
export type ValuesOf<T extends TemplateName> = Readonly<
  Record<(typeof templates)[T]['values'][number], string | number>
>
