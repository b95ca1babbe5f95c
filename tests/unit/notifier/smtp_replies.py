"""Replies of relays, in the forms that providers and programs publish; addresses and hosts are fictional.

Each line: whose form it is, the step, the code, the text, and what a postmaster would make of it.
"""

# ruff: noqa: E501 - replies are quoted as they are said, on one line

from typing import NamedTuple

from services.notifier.domain.replies import Step, Verdict


class Said(NamedTuple):
    """One reply and its expected verdict."""

    by: str
    step: Step
    code: int
    text: str
    verdict: Verdict


TO = "<x@commune.example>"
US = "<retours+1.2@passerelle.example>"

REPLIES = (
    # --- world providers ---
    Said("Gmail", "rcpt", 550, "5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces.", "address"),
    Said("Gmail", "rcpt", 550, "5.2.1 The email account that you tried to reach is disabled.", "address"),
    Said("Gmail", "rcpt", 550, "5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.", "retry"),
    Said("Gmail", "rcpt", 450, "4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time.", "retry"),
    Said("Gmail", "rcpt", 452, "4.2.2 The email account that you tried to reach is over quota.", "retry"),
    Said("Gmail", "rcpt", 552, "5.2.2 The recipient's inbox is out of storage space and inactive. Over quota.", "retry"),
    Said("Gmail", "dot", 550, "5.7.1 Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked.", "policy"),
    Said("Gmail", "dot", 550, "5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.", "policy"),
    Said("Gmail", "dot", 421, "4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.", "relay"),
    Said("Gmail", "dot", 552, "5.3.4 Your message exceeded Google's message size limits.", "policy"),
    Said("Outlook.com", "rcpt", 550, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "address"),
    Said("Outlook.com", "mail", 550, "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).", "relay"),
    Said("Outlook.com", "rcpt", 451, "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.", "retry"),
    Said("Outlook.com", "dot", 550, "5.7.509 Access denied, sending domain passerelle.example does not pass DMARC verification and has a DMARC policy of reject.", "policy"),
    Said("Exchange Online", "rcpt", 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@commune.example not found by SMTP address lookup", "address"),
    Said("Exchange Online", "rcpt", 550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", "retry"),
    Said("Exchange Online", "rcpt", 550, "5.7.606 Access denied, banned sending IP [192.0.2.1].", "policy"),
    Said("Exchange Online", "dot", 550, "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group", "policy"),
    Said("Exchange Online", "dot", 554, "5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "retry"),
    Said("Exchange Online", "dot", 550, "5.1.8 Access denied, bad outbound sender.", "policy"),
    Said("Exchange Online", "rcpt", 451, "4.7.500 Server busy. Please try again later from [192.0.2.1].", "retry"),
    Said("Yahoo", "dot", 554, "delivery error: dd This user doesn't have a yahoo.com account (x@commune.example) [0] - mta1004.mail.example", "address"),
    Said("Yahoo", "dot", 554, "30 Sorry, your message to x@commune.example cannot be delivered. This mailbox is disabled (554.30).", "address"),
    Said("Yahoo", "mail", 421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints", "relay"),
    Said("Yahoo", "dot", 554, "5.7.9 Message not accepted for policy reasons. See https://postmaster.example/error-codes", "policy"),
    Said("Yahoo", "rcpt", 552, "1 Requested mail action aborted, mailbox not found", "address"),
    Said("iCloud", "rcpt", 550, "5.1.1 <x@commune.example>: user does not exist", "address"),
    Said("iCloud", "rcpt", 552, "5.2.2 <x@commune.example>: user is over quota", "retry"),
    Said("iCloud", "dot", 554, "5.7.1 [CS01] Message rejected due to local policy.", "policy"),
    Said("GMX", "rcpt", 550, "Requested action not taken: mailbox unavailable\nFor explanation visit https://postmaster.example/error-messages", "address"),
    Said("GMX", "rcpt", 552, "Requested mail action aborted: exceeded storage allocation\nQuota exceeded", "retry"),
    Said("GMX", "connect", 554, "No SMTP service\nBad DNS PTR resource record.", "relay"),
    Said("GMX", "dot", 554, "Transaction failed\nReject due to policy restrictions.", "policy"),
    Said("Proton", "rcpt", 550, "5.1.1 <x@commune.example>: Recipient address rejected: Address does not exist", "address"),
    Said("Proton", "rcpt", 550, "5.7.1 <x@commune.example>: Recipient address rejected: Account over limit, policy", "policy"),
    # --- French and Swiss providers ---
    Said("Orange", "rcpt", 550, "5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]", "address"),
    Said("Orange", "rcpt", 552, "5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. LPN416 [416]", "address"),
    Said("Orange", "dot", 550, "5.2.0 Mail rejete. Mail rejected. OFR506 [506]", "policy"),
    Said("Orange", "connect", 421, "4.3.2 Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR004_104 [104]", "relay"),
    Said("Orange", "rcpt", 550, "5.5.0 Service refuse. Service refused. OFR006_102 [102] IP bloquee", "policy"),
    Said("Wanadoo", "rcpt", 550, "5.1.0 Adresse d'expediteur inexistante. Sender address does not exist. OFR_415 [415]", "policy"),
    Said("Wanadoo", "rcpt", 552, "5.2.2 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]", "retry"),
    Said("SFR", "rcpt", 550, "5.1.1 <x@commune.example>: Recipient address rejected: User unknown in relay recipient table", "address"),
    Said("SFR", "dot", 554, "5.7.1 Message refused because the spam content was detected by Vade", "policy"),
    Said("Free", "rcpt", 550, "5.2.1 This mailbox has been blocked due to inactivity (UserSearch)", "address"),
    Said("Free", "rcpt", 550, "5.1.1 <x@commune.example>: Recipient address rejected: utilisateur inconnu", "address"),
    Said("Free", "connect", 421, "Too many spams from your IP (192.0.2.1), please visit http://postmaster.example/", "relay"),
    Said("Free", "rcpt", 451, "too many errors from your ip (192.0.2.1), please visit http://postmaster.example/", "retry"),
    Said("Free", "dot", 550, "spam detected", "policy"),
    Said("La Poste", "rcpt", 550, "5.1.1 <x@commune.example>... Recipient does not exist here", "address"),
    Said("La Poste", "rcpt", 550, "5.7.1 Service refuse. Adresse IP bloquee. LPN007_510", "policy"),
    Said("La Poste", "rcpt", 452, "4.2.2 <x@commune.example>: Mailbox size limit exceeded. LPN", "retry"),
    Said("Bouygues", "rcpt", 550, "5.1.1 <x@commune.example>: destinataire inconnu", "address"),
    Said("Bouygues", "rcpt", 554, "5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied", "policy"),
    Said("OVH", "rcpt", 550, "5.1.1 <x@commune.example>: Email rejected: user not found", "address"),
    Said("OVH", "dot", 550, "5.7.1 Message rejected: spam (OVH antispam)", "policy"),
    Said("OVH", "rcpt", 552, "5.2.2 <x@commune.example>: Quota exceeded (mailbox for user is full)", "retry"),
    Said("Gandi", "rcpt", 550, "5.1.1 <x@commune.example>: Recipient address rejected: User unknown in virtual mailbox table", "address"),
    Said("Gandi", "rcpt", 450, "4.2.0 <x@commune.example>: Recipient address rejected: Greylisted, see http://postgrey.example/", "retry"),
    Said("Infomaniak", "rcpt", 550, "5.1.1 <x@commune.example>: User unknown", "address"),
    Said("Infomaniak", "dot", 550, "5.7.1 Message rejected because of its content (spam)", "policy"),
    # --- programs and filters ---
    Said("Postfix", "rcpt", 550, "5.1.1 <x@commune.example>: Recipient address rejected: undeliverable address: unknown user: \"x\"", "address"),
    Said("Postfix", "rcpt", 450, "4.1.1 <x@commune.example>: Recipient address rejected: unverified address", "retry"),
    Said("Postfix", "rcpt", 554, "5.7.1 <x@commune.example>: Relay access denied", "policy"),
    Said("Postfix", "rcpt", 550, f"5.1.1 {US}: Sender address rejected: User unknown in virtual mailbox table", "policy"),
    Said("Postfix", "rcpt", 550, f"5.1.8 {US}: Sender address rejected: Domain not found", "policy"),
    Said("Postfix", "rcpt", 550, "5.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", "policy"),
    Said("Postfix", "dot", 552, "5.3.4 Message size exceeds fixed limit", "policy"),
    Said("Exim", "rcpt", 550, "No such user here", "address"),
    Said("Exim", "rcpt", 550, "Unrouteable address", "address"),
    Said("Exim", "rcpt", 550, f"Verification failed for {US}\nThe mail server could not deliver mail. The account or domain may not exist.\nNo Such User Here\nSender verify failed", "policy"),
    Said("Exim", "rcpt", 550, "rejected because 192.0.2.1 is in a black list at zen.example", "policy"),
    Said("Exchange", "rcpt", 550, "5.1.1 User unknown", "address"),
    Said("Exchange", "mail", 530, "5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", "relay"),
    Said("qmail", "rcpt", 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "policy"),
    Said("qmail", "rcpt", 550, "sorry, no mailbox here by that name (#5.1.1)", "address"),
    Said("Barracuda", "rcpt", 550, "permanent failure for one or more recipients (x@commune.example:blocked)", "policy"),
    Said("Barracuda", "rcpt", 550, "permanent failure for one or more recipients (x@commune.example:550 5.1.1 User unknown)", "address"),
    Said("Proofpoint", "mail", 554, "Blocked - see https://ipcheck.example/?ip=192.0.2.1", "relay"),
    Said("Cisco", "connect", 554, "Your access to this mail system has been rejected due to the sending MTA's poor reputation.", "relay"),
    Said("Cisco", "rcpt", 550, "#5.1.0 Address rejected.", "address"),
    Said("Mimecast", "dot", 554, "Email rejected due to security policies - MCSpamSignature.sa.29.1", "policy"),
    Said("Vade", "rcpt", 421, "4.7.1 Greylisted by Vade, please retry later", "relay"),
    Said("Mailinblack", "rcpt", 550, "5.7.1 <x@commune.example>: Recipient address rejected: sender not authorized (Mailinblack)", "policy"),
    Said("Mailinblack", "rcpt", 550, "5.1.1 <x@commune.example>: Recipient address rejected: User unknown (Mailinblack)", "address"),
    Said("sendmail", "rcpt", 553, "5.3.0 <x@commune.example>... No such user here", "address"),
    Said("sendmail", "rcpt", 550, "5.1.2 <x@commune.example>... Host unknown (Name server: commune.example: host not found)", "address"),
    Said("Zimbra", "rcpt", 550, "5.1.1 <x@commune.example>: Recipient address rejected: commune.example", "address"),
)  # fmt: skip
