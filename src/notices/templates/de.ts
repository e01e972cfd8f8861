import type { Wordings } from './values.ts'

export const de: Wordings = {
  none: 'keiner',
  words: {
    totp: 'Authenticator-App',
    webauthn: 'Sicherheitsschlüssel',
    passkey: 'Passkey',
    sms: 'Codes per SMS',
    email: 'Codes per E-Mail',
    backup_codes: 'Backup-Codes',
    approved: 'genehmigt',
    rejected: 'abgelehnt',
    by_hand: 'Er hat keinen Secret-Store, deshalb geschieht das nicht von selbst: Jemand muss ihn rotieren.',
    by_itself: 'Das geschieht von selbst, und der neue Schlüssel wird in seinem Secret-Store abgelegt.',
    by_itself_once_approved:
      'Das geschieht von selbst, sobald eine andere Person zugestimmt hat, und der neue Schlüssel wird in seinem Secret-Store abgelegt.',
  },
  texts: {
    sign_in_code: '{code} ist Ihr Code zum Anmelden. Er gilt {minutes} lang. Geben Sie ihn nicht weiter.',
    phone_code:
      '{code} ist Ihr Code, um diese Nummer zu bestätigen. Er gilt {minutes} lang. Geben Sie ihn nicht weiter.',
  },
  mails: {
    rotation_due_soon: {
      subject: 'Noch {days}, bis der Schlüssel „{key}“ rotiert wird',
      text: `Noch {days}, bis der API-Schlüssel „{key}“ ({keyId}) von {owner} rotiert werden muss: am {date}.
{how}

Secret-Store: {place}

Um ihn jetzt zu rotieren:
  sallyport keys rotate {keyId}`,
    },
    rotation_due_today: {
      subject: 'Der Schlüssel „{key}“ wird innerhalb eines Tages rotiert',
      text: `Der API-Schlüssel „{key}“ ({keyId}) von {owner} muss innerhalb eines Tages rotiert werden: am {date}.
{how}

Secret-Store: {place}

Um ihn jetzt zu rotieren:
  sallyport keys rotate {keyId}`,
    },
    rotation_overdue: {
      subject: 'Der Schlüssel „{key}“ muss jetzt rotiert werden',
      text: `Der API-Schlüssel „{key}“ ({keyId}) von {owner} hätte am {date} rotiert werden müssen. \
Er hat keinen Secret-Store, in dem ein neuer Schlüssel abgelegt werden könnte, deshalb geschieht nichts von selbst.

Um ihn zu rotieren:
  sallyport keys rotate {keyId}`,
    },
    key_rotated: {
      subject: 'Der Schlüssel „{key}“ wurde rotiert',
      text: `Der API-Schlüssel „{key}“ ({keyId}) von {owner} wurde durch {newKeyId} ersetzt.

Ort des neuen Schlüssels: {place}
Der alte Schlüssel gilt bis: {graceEnds}

Bis dahin lässt sich die Rotation zurücknehmen:
  sallyport keys rollback {keyId}`,
    },
    rotation_failed: {
      subject: 'Der Schlüssel „{key}“ konnte nicht rotiert werden',
      text: `Der API-Schlüssel „{key}“ ({keyId}) von {owner} sollte rotiert werden, das ist aber misslungen: {reason}

Der alte Schlüssel gilt weiter. Nächster Versuch: {next}`,
    },
    approval_wanted: {
      subject: 'Eine Rotation von „{key}“ wartet auf Zustimmung',
      text: `{requester} bittet darum, den API-Schlüssel „{key}“ ({keyId}) zu rotieren.

Grund: {reason}

Bis {lapses} entscheidet darüber eine andere Person mit der Berechtigung keys:approve:
  sallyport approvals approve {approval}
  sallyport approvals reject {approval}`,
    },
    approval_decided: {
      subject: 'Die Rotation von „{key}“ wurde {decision}',
      text: `{decider} hat die Rotation des API-Schlüssels „{key}“ ({keyId}) {decision}.

Grund: {reason}`,
    },
    emergency_rotation: {
      subject: 'Notfall: Der Schlüssel „{key}“ wurde ohne Zustimmung rotiert',
      text: `{actor} hat den API-Schlüssel „{key}“ ({keyId}) sofort rotiert, ohne auf Zustimmung zu warten.

Grund: {reason}

Wenn das niemand veranlasst hat, den Sie kennen, sehen Sie nach, was sonst noch geschehen ist:
  sallyport audit search --principal {actor}`,
    },
    key_leaked: {
      subject: 'Der Schlüssel „{key}“ wurde öffentlich gefunden und widerrufen',
      text: `Der API-Schlüssel „{key}“ ({keyId}) von {owner} wurde als öffentlich bekannt gemeldet und sofort widerrufen.

Fundort: {where}

Erstellen Sie einen neuen Schlüssel für alles, was ihn benutzt hat, und sehen Sie nach, wofür der alte benutzt wurde:
  sallyport keys usage {keyId}`,
    },
    key_expires_soon: {
      subject: 'Noch {days}, bis der Schlüssel „{key}“ abläuft',
      text: `Noch {days}, bis der API-Schlüssel „{key}“ ({keyId}) von {owner} abläuft: am {date}. Danach wird er nicht mehr angenommen.

Um ihn durch einen neuen zu ersetzen:
  sallyport keys rotate {keyId}`,
    },
    webhook_disabled: {
      subject: 'Der Webhook an {address} wurde abgeschaltet',
      text: `Der Webhook {webhook} an {address} wurde abgeschaltet: {reason}

Er erfährt nichts, bis er wieder eingeschaltet wird, auch nachträglich nicht. Sehen Sie nach, was geantwortet wurde, und \
schalten Sie ihn dann wieder ein:
  sallyport webhooks deliveries {webhook}
  sallyport webhooks change {webhook} --enable`,
    },
    verify_email: {
      subject: 'Bitte bestätigen Sie Ihre E-Mail-Adresse',
      text: `Guten Tag {name},

bitte bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört:

{link}

Der Link funktioniert einmal und gilt {hours} lang.

Wenn Sie sich nicht registriert haben, müssen Sie nichts tun: Ohne Ihre Bestätigung wird die Adresse nicht verwendet.`,
    },
    already_registered: {
      subject: 'Sie haben bereits ein Konto',
      text: `Guten Tag {name},

jemand wollte sich mit dieser E-Mail-Adresse registrieren, Sie haben hier aber bereits ein Konto. Wenn Sie das waren, melden \
Sie sich einfach an; falls Sie Ihr Passwort nicht mehr wissen, können Sie dort ein neues wählen:

{link}

Wenn Sie das nicht waren, müssen Sie nichts tun. Niemand hat erfahren, dass Sie ein Konto haben.`,
    },
    email_change_confirm: {
      subject: 'Bitte bestätigen Sie Ihre neue E-Mail-Adresse',
      text: `Guten Tag {name},

bitte bestätigen Sie, dass Ihr Konto künftig diese E-Mail-Adresse verwenden soll:

{link}

Der Link funktioniert einmal und gilt {hours} lang. Bis zu Ihrer Bestätigung bleibt es bei Ihrer bisherigen Adresse.

Wenn Sie das nicht veranlasst haben, öffnen Sie den Link bitte nicht. Vielleicht hat sich jemand vertippt.`,
    },
    email_changed: {
      subject: 'Die E-Mail-Adresse Ihres Kontos wurde geändert',
      text: `Guten Tag {name},

Ihr Konto verwendet jetzt eine andere E-Mail-Adresse: {newEmail}
Dies ist die letzte E-Mail an die bisherige.

Wenn Sie das nicht waren, wenden Sie sich sofort an die Betreiber dieses Dienstes: Jemand anderes hat Ihr Konto, und nur sie \
können es Ihnen zurückgeben.`,
    },
    reset_password: {
      subject: 'Wählen Sie ein neues Passwort',
      text: `Guten Tag {name},

mit diesem Link können Sie ein neues Passwort wählen:

{link}

Er funktioniert einmal und gilt {minutes} lang. Ihr zweiter Faktor bleibt, wie er ist.

Wenn Sie das nicht veranlasst haben, müssen Sie nichts tun: Ihr Passwort bleibt, wie es ist. Geben Sie den Link nicht weiter.`,
    },
    password_changed: {
      subject: 'Ihr Passwort wurde geändert',
      text: `Guten Tag {name},

das Passwort Ihres Kontos wurde geändert. Alle anderen Geräte wurden abgemeldet.

Wann: {when}
Von wo: {where}

Wenn Sie das nicht waren, setzen Sie Ihr Passwort sofort zurück, sehen Sie dann Ihre Geräte und zweiten Faktoren durch und \
entfernen Sie, was Sie nicht kennen. Wenn Sie sich nicht mehr anmelden können, wenden Sie sich an die Betreiber dieses Dienstes.`,
    },
    magic_link: {
      subject: 'Ihr Link zum Anmelden',
      text: `Guten Tag {name},

mit diesem Link melden Sie sich an:

{link}

Er funktioniert einmal und gilt {minutes} lang, und zwar in dem Browser, in dem er angefordert wurde.
Angefordert von: {where}

Wenn Sie ihn nicht angefordert haben, öffnen Sie ihn nicht und geben Sie ihn nicht weiter. Mehr müssen Sie nicht tun.`,
    },
    sign_in_code: {
      subject: 'Ihr Code zum Anmelden',
      text: `Guten Tag {name},

Ihr Code zum Anmelden lautet:

{code}

Er funktioniert einmal und gilt {minutes} lang.
Angefordert von: {where}

Geben Sie ihn nicht weiter; niemand, der hier arbeitet, wird Sie danach fragen. Wenn Sie sich nicht anmelden wollten, kennt \
vielleicht jemand Ihr Passwort: Ändern Sie es.`,
    },
    factor_added: {
      subject: 'Ihrem Konto wurde ein zweiter Faktor hinzugefügt',
      text: `Guten Tag {name},

Anmeldungen an Ihrem Konto lassen sich ab jetzt auch so bestätigen: {factor}

Wann: {when}
Von wo: {where}

Wenn Sie das nicht waren, melden Sie sich sofort an, entfernen Sie, was hinzugefügt wurde, und ändern Sie Ihr Passwort. Wenn \
Sie sich nicht mehr anmelden können, wenden Sie sich an die Betreiber dieses Dienstes.`,
    },
    factor_removed: {
      subject: 'Ein zweiter Faktor wurde aus Ihrem Konto entfernt',
      text: `Guten Tag {name},

Anmeldungen an Ihrem Konto lassen sich nicht mehr so bestätigen: {factor}

Wann: {when}
Von wo: {where}

Wenn Sie das nicht waren, melden Sie sich sofort an, ändern Sie Ihr Passwort und richten Sie Ihren zweiten Faktor wieder ein. \
Wenn Sie sich nicht mehr anmelden können, wenden Sie sich an die Betreiber dieses Dienstes.`,
    },
    backup_codes_low: {
      subject: 'Sie haben nur noch wenige Backup-Codes',
      text: `Guten Tag {name},

so viele Backup-Codes haben Sie noch: {left}

Erstellen Sie in den Einstellungen Ihres Kontos rechtzeitig neue. Die alten gelten dann nicht mehr.`,
    },
    backup_code_used: {
      subject: 'Ein Backup-Code wurde zum Anmelden benutzt',
      text: `Guten Tag {name},

einer Ihrer Backup-Codes wurde zum Anmelden benutzt. Er funktioniert kein zweites Mal.

Wann: {when}
Von wo: {where}
Verbleibende Backup-Codes: {left}

Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort, erstellen Sie neue Backup-Codes und melden Sie alle anderen Geräte ab.`,
    },
    new_device: {
      subject: 'Anmeldung an Ihrem Konto mit einem neuen Gerät',
      text: `Guten Tag {name},

Ihr Konto wurde mit einem Gerät benutzt, das wir noch nicht kannten.

Gerät: {device}
Wann: {when}
Von wo: {where}

Wenn Sie das waren, müssen Sie nichts tun. Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort und melden Sie dieses \
Gerät ab.`,
    },
    suspicious_sign_in: {
      subject: 'Ungewöhnlicher Anmeldeversuch an Ihrem Konto',
      text: `Guten Tag {name},

jemand wollte sich auf eine Weise an Ihrem Konto anmelden, die für Sie ungewöhnlich ist. Deshalb haben wir mehr Nachweise \
verlangt als sonst.

Gerät: {device}
Wann: {when}
Von wo: {where}

Wenn Sie das waren, müssen Sie nichts tun. Wenn Sie das nicht waren, kennt vielleicht jemand Ihr Passwort: Ändern Sie es sofort \
und sehen Sie Ihre Geräte durch.`,
    },
    sign_in_request: {
      subject: 'Ein Programm bittet Sie um Ihre Anmeldung',
      text: `Guten Tag {name},

{client} bittet Sie um Ihre Anmeldung und wartet {minutes} lang darauf.

Nachricht: {message}

Wenn Sie das erwarten und das Programm dieselbe Nachricht zeigt, stimmen Sie in Ihrem Konto zu. Wenn nicht, lehnen Sie dort ab, \
oder tun Sie nichts.`,
    },
    account_locked: {
      subject: 'Die Anmeldung an Ihrem Konto ist vorübergehend gesperrt',
      text: `Guten Tag {name},

es gab zu viele fehlgeschlagene Anmeldungen an Ihrem Konto. Die Anmeldung bleibt deshalb {minutes} lang gesperrt.

Wann: {when}
Von wo: {where}

Wenn Sie das waren, warten Sie so lange, oder wählen Sie ein neues Passwort. Wenn Sie das nicht waren, müssen Sie nichts tun: \
Niemand wurde eingelassen. Falls Sie Ihr Passwort auch anderswo verwenden, ändern Sie es.`,
    },
    account_disabled: {
      subject: 'Ihr Konto wurde deaktiviert',
      text: `Guten Tag {name},

Ihr Konto wurde von den Betreibern dieses Dienstes deaktiviert. Alle Geräte wurden abgemeldet, und eine Anmeldung ist nicht \
mehr möglich.

Wenn Sie den Grund nicht kennen, fragen Sie bitte die Betreiber dieses Dienstes.`,
    },
    account_erased: {
      subject: 'Ihr Konto wurde gelöscht',
      text: `Guten Tag {name},

Ihr Konto wurde gelöscht, und mit ihm alles, was wir über Sie wussten. Das lässt sich nicht rückgängig machen, und dies ist \
die letzte E-Mail.

Wenn Sie das nicht veranlasst haben, wenden Sie sich bitte an die Betreiber dieses Dienstes.`,
    },
    invitation: {
      subject: 'Einladung zu {organization}',
      text: `Guten Tag,

{inviter} lädt Sie zu {organization} ein. Um die Einladung anzunehmen:

{link}

Der Link funktioniert einmal und gilt {days} lang.

Wenn Sie nicht wissen, worum es geht, müssen Sie nichts tun: Ohne Sie geschieht nichts.`,
    },
    member_removed: {
      subject: 'Sie sind nicht mehr Mitglied von {organization}',
      text: `Guten Tag {name},

Sie sind nicht mehr Mitglied von {organization}. Ihr Konto bleibt bestehen; was zu {organization} gehört, können Sie nicht \
mehr sehen.

Wenn Sie das für einen Irrtum halten, fragen Sie bitte jemanden, der {organization} verwaltet.`,
    },
    recovery_started: {
      subject: 'Jemand möchte Ihr Konto wiederherstellen',
      text: `Guten Tag {name},

jemand gibt an, sich nicht mehr an Ihrem Konto anmelden zu können, und bittet um neuen Zugang. Wenn niemand widerspricht, wird \
er nach dieser Frist gewährt: {days}

Wann: {when}
Von wo: {where}

Wenn Sie das waren, müssen Sie nur warten. Wenn Sie das nicht waren, verhindern Sie es jetzt mit diesem Link und ändern Sie \
danach Ihr Passwort:

{link}`,
    },
    recovery_done: {
      subject: 'Ihr Konto wurde wiederhergestellt',
      text: `Guten Tag {name},

Ihr Konto wurde wiederhergestellt und kann wieder benutzt werden. Alle Geräte wurden abgemeldet.

Wenn Sie das nicht waren, wenden Sie sich sofort an die Betreiber dieses Dienstes: Jemand anderes hat Ihr Konto.`,
    },
    impersonated: {
      subject: 'Jemand, der diesen Dienst betreibt, benutzt Ihr Konto',
      text: `Guten Tag {name},

{by} handelt für eine Weile in Ihrem Namen und kann sehen und tun, was Sie sehen und tun können.

Grund: {reason}
Bis: {until}

Alles, was geschieht, wird aufgezeichnet. Wenn Sie damit nicht gerechnet haben, fragen Sie bitte die Betreiber dieses Dienstes.`,
    },
  },
}
