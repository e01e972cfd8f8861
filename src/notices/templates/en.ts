import type { Wordings } from './values.ts'

// Plain text alone: nothing to inject into, nothing to load, readable everywhere.
export const en: Wordings = {
  none: 'none',
  words: {
    totp: 'an authenticator app',
    webauthn: 'a security key',
    passkey: 'a passkey',
    sms: 'codes by text message',
    email: 'codes by mail',
    backup_codes: 'backup codes',
    approved: 'approved',
    rejected: 'rejected',
    by_hand: 'It has no secret store, so it does not happen by itself: somebody has to rotate it.',
    by_itself: 'It happens by itself, and the new key is placed in its secret store.',
    by_itself_once_approved:
      'It happens by itself once another person has approved it, and the new key is placed in its secret store.',
  },
  texts: {
    sign_in_code: '{code} is your code to sign in. It works for {minutes}. Do not tell it to anybody.',
    phone_code: '{code} is your code to confirm this number. It works for {minutes}. Do not tell it to anybody.',
  },
  mails: {
    rotation_due_soon: {
      subject: 'The key "{key}" is rotated in {days}',
      text: `The API key "{key}" ({keyId}) of {owner} is due to be rotated in {days}, on {date}.
{how}

Secret store: {place}

To rotate it now:
  sallyport keys rotate {keyId}`,
    },
    rotation_due_today: {
      subject: 'The key "{key}" is rotated within a day',
      text: `The API key "{key}" ({keyId}) of {owner} is due to be rotated within a day, on {date}.
{how}

Secret store: {place}

To rotate it now:
  sallyport keys rotate {keyId}`,
    },
    rotation_overdue: {
      subject: 'The key "{key}" has to be rotated now',
      text: `The API key "{key}" ({keyId}) of {owner} has been due to be rotated since {date}. \
It has no secret store that a new key could be placed in, so nothing happens by itself.

To rotate it:
  sallyport keys rotate {keyId}`,
    },
    key_rotated: {
      subject: 'The key "{key}" was rotated',
      text: `The API key "{key}" ({keyId}) of {owner} was replaced by {newKeyId}.

Where the new key is: {place}
The old key works until: {graceEnds}

Until then the rotation can be taken back:
  sallyport keys rollback {keyId}`,
    },
    rotation_failed: {
      subject: 'The key "{key}" could not be rotated',
      text: `The API key "{key}" ({keyId}) of {owner} was due to be rotated, and was not: {reason}

The old key still works. Next attempt: {next}`,
    },
    approval_wanted: {
      subject: 'A rotation of "{key}" waits for approval',
      text: `{requester} asks to rotate the API key "{key}" ({keyId}).

Reason: {reason}

Somebody else with the permission keys:approve decides, until {lapses}:
  sallyport approvals approve {approval}
  sallyport approvals reject {approval}`,
    },
    approval_decided: {
      subject: 'The rotation of "{key}" was {decision}',
      text: `{decider} has {decision} the rotation of the API key "{key}" ({keyId}).

Reason: {reason}`,
    },
    emergency_rotation: {
      subject: 'Emergency: the key "{key}" was rotated without approval',
      text: `{actor} rotated the API key "{key}" ({keyId}) at once, without waiting for approval.

Reason: {reason}

If nobody you know asked for this, look at what that caller did:
  sallyport audit search --principal {actor}`,
    },
    key_leaked: {
      subject: 'The key "{key}" was found in public and revoked',
      text: `The API key "{key}" ({keyId}) of {owner} was reported as leaked and was revoked at once.

Where it was found: {where}

Make a new key for whatever used it, and look at what was done with the old one:
  sallyport keys usage {keyId}`,
    },
    key_expires_soon: {
      subject: 'The key "{key}" expires in {days}',
      text: `The API key "{key}" ({keyId}) of {owner} expires in {days}, on {date}, and stops working then.

To replace it by a new one:
  sallyport keys rotate {keyId}`,
    },
    webhook_disabled: {
      subject: 'The webhook to {address} was disabled',
      text: `The webhook {webhook} to {address} was disabled: {reason}

It is told nothing until it is enabled again; what happens meanwhile it will not hear of. See what was answered, then \
enable it:
  sallyport webhooks deliveries {webhook}
  sallyport webhooks change {webhook} --enable`,
    },
    verify_email: {
      subject: 'Please confirm your mail address',
      text: `Hello {name},

please confirm that this mail address is yours:

{link}

The link works once, for {hours}.

If you did not register, you need not do anything: without your confirmation the address is not used.`,
    },
    already_registered: {
      subject: 'You already have an account',
      text: `Hello {name},

somebody tried to register with this mail address, but you already have an account here. If it was you, sign in; if you no \
longer know your password, you can choose a new one there:

{link}

If it was not you, you need not do anything. Nobody was told that you have an account.`,
    },
    email_change_confirm: {
      subject: 'Please confirm your new mail address',
      text: `Hello {name},

please confirm that your account is to use this mail address from now on:

{link}

The link works once, for {hours}. Until you confirm it, your former address stays.

If you did not ask for this, do not open the link. Somebody may have mistyped an address.`,
    },
    email_changed: {
      subject: 'The mail address of your account was changed',
      text: `Hello {name},

your account now uses another mail address: {newEmail}
This is the last mail to the former one.

If it was not you, tell the people who run this service at once: somebody else has your account, and only they can give it \
back to you.`,
    },
    reset_password: {
      subject: 'Choose a new password',
      text: `Hello {name},

with this link you can choose a new password:

{link}

It works once, for {minutes}. Your second factor stays as it is.

If you did not ask for this, you need not do anything: your password stays as it is. Do not pass the link on.`,
    },
    password_changed: {
      subject: 'Your password was changed',
      text: `Hello {name},

the password of your account was changed. Every other device was signed out.

When: {when}
From: {where}

If it was not you, reset your password at once, then look at your devices and second factors and remove what you do not \
know. If you cannot get in any more, tell the people who run this service.`,
    },
    magic_link: {
      subject: 'Your link to sign in',
      text: `Hello {name},

with this link you sign in:

{link}

It works once, for {minutes}, in the browser that asked for it.
Asked for from: {where}

If you did not ask for it, do not open it, and do not pass it on. You need not do anything else.`,
    },
    sign_in_code: {
      subject: 'Your code to sign in',
      text: `Hello {name},

your code to sign in is:

{code}

It works once, for {minutes}.
Asked for from: {where}

Do not tell it to anybody; nobody who works here will ask you for it. If you did not try to sign in, somebody may know your \
password: change it.`,
    },
    factor_added: {
      subject: 'A second factor was added to your account',
      text: `Hello {name},

from now on your account can also be confirmed with: {factor}

When: {when}
From: {where}

If it was not you, sign in at once, remove what was added, and change your password. If you cannot get in any more, tell \
the people who run this service.`,
    },
    factor_removed: {
      subject: 'A second factor was removed from your account',
      text: `Hello {name},

your account can no longer be confirmed with: {factor}

When: {when}
From: {where}

If it was not you, sign in at once, change your password, and add your second factor again. If you cannot get in any more, \
tell the people who run this service.`,
    },
    backup_codes_low: {
      subject: 'You have few backup codes left',
      text: `Hello {name},

backup codes you have left: {left}

Make new ones in the settings of your account while you can. The old ones end then.`,
    },
    backup_code_used: {
      subject: 'A backup code was used to sign in',
      text: `Hello {name},

one of your backup codes was used to sign in. It does not work again.

When: {when}
From: {where}
Backup codes left: {left}

If it was not you, change your password at once, make new backup codes, and sign out every other device.`,
    },
    new_device: {
      subject: 'A new device signed in to your account',
      text: `Hello {name},

your account was used from a device that we had not seen before.

Device: {device}
When: {when}
From: {where}

If it was you, you need not do anything. If it was not you, change your password at once and sign out that device.`,
    },
    suspicious_sign_in: {
      subject: 'An unusual attempt to sign in to your account',
      text: `Hello {name},

somebody tried to sign in to your account in a way that is unusual for you, so more proof than usual was asked for.

Device: {device}
When: {when}
From: {where}

If it was you, you need not do anything. If it was not you, somebody may know your password: change it at once and look at \
your devices.`,
    },
    sign_in_request: {
      subject: 'A program asks you to sign in',
      text: `Hello {name},

{client} asks you to sign in, and waits for {minutes}.

Message: {message}

If you expect this and the program shows the same message, approve it in your account. If not, refuse it there, or do \
nothing.`,
    },
    account_locked: {
      subject: 'Signing in to your account is blocked for a while',
      text: `Hello {name},

there were too many failed attempts to sign in to your account, so signing in is blocked for {minutes}.

When: {when}
From: {where}

If it was you, wait that long, or choose a new password. If it was not you, you need not do anything: nobody got in. If your \
password is used elsewhere too, change it.`,
    },
    account_disabled: {
      subject: 'Your account was disabled',
      text: `Hello {name},

your account was disabled by somebody who runs this service. Every device was signed out, and nobody can sign in with it.

If you do not know why, ask the people who run this service.`,
    },
    account_erased: {
      subject: 'Your account was deleted',
      text: `Hello {name},

your account was deleted, and with it what we knew of you. This cannot be undone, and this is the last mail.

If you did not ask for this, tell the people who run this service.`,
    },
    invitation: {
      subject: 'An invitation to {organization}',
      text: `Hello,

{inviter} invites you to {organization}. To join:

{link}

The link works once, for {days}.

If you do not know what this is about, you need not do anything: without you nothing happens.`,
    },
    member_removed: {
      subject: 'You are no longer a member of {organization}',
      text: `Hello {name},

you are no longer a member of {organization}. Your account stays; what belongs to {organization} you cannot see any more.

If you think that this is a mistake, ask somebody who runs {organization}.`,
    },
    recovery_started: {
      subject: 'Somebody asks to recover your account',
      text: `Hello {name},

somebody says that they cannot sign in to your account any more, and asks to be let in again. If nobody objects, this \
happens in {days}.

When: {when}
From: {where}

If it was you, you need only wait. If it was not you, stop it now with this link, and then change your password:

{link}`,
    },
    recovery_done: {
      subject: 'Your account was recovered',
      text: `Hello {name},

your account was recovered, and can be used again. Every device was signed out.

If it was not you, tell the people who run this service at once: somebody else has your account.`,
    },
    impersonated: {
      subject: 'Somebody who runs this service uses your account',
      text: `Hello {name},

{by} acts in your name for a while, and can see and do what you can.

Reason: {reason}
Until: {until}

Everything that is done is written down. If you did not expect this, ask the people who run this service.`,
    },
  },
}
