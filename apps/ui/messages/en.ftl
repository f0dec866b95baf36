# The design system's words. Arabic is written first.

## Money
currency = SAR
total = Total
vat-inside = including 15% VAT

## Time
am = AM
pm = PM
weekday = { $day ->
    [sun] Sunday
    [mon] Monday
    [tue] Tuesday
    [wed] Wednesday
    [thu] Thursday
    [fri] Friday
   *[sat] Saturday
 }
month = { $month ->
    [m1] January
    [m2] February
    [m3] March
    [m4] April
    [m5] May
    [m6] June
    [m7] July
    [m8] August
    [m9] September
    [m10] October
    [m11] November
   *[m12] December
 }
hijri-month = { $month ->
    [m1] Muharram
    [m2] Safar
    [m3] Rabi al-Awwal
    [m4] Rabi al-Akhir
    [m5] Jumada al-Ula
    [m6] Jumada al-Akhirah
    [m7] Rajab
    [m8] Shaban
    [m9] Ramadan
    [m10] Shawwal
    [m11] Dhu al-Qadah
   *[m12] Dhu al-Hijjah
 }
date = { $weekday } { $day } { $month }
date-with-year = { $weekday } { $day } { $month } { $year }
hijri-date = { $day } { $month } { $year } AH
today = Today
tomorrow = Tomorrow
yesterday = Yesterday
day-and-time = { $day }, { $time }
slot-same = between { $from } and { $to } { $half }
slot-across = between { $from } { $half } and { $to } { $end_half }
slot-exact = between { $from } and { $to }
half = { $half ->
    [am] AM
    [noon] noon
   *[pm] PM
 }
now = now
in-minutes = { $n ->
    [one] in a minute
   *[other] in { $n } minutes
 }
minutes-ago = { $n ->
    [one] a minute ago
   *[other] { $n } minutes ago
 }
seconds-ago = { $n ->
    [one] a second ago
   *[other] { $n } seconds ago
 }
minutes = { $n ->
    [0] less than a minute
    [one] { $n } minute
   *[other] { $n } minutes
 }
hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
 }
hours-and-minutes = { $hours } { $minutes }
in-days = { $n ->
    [one] in a day
   *[other] in { $n } days
 }
days-late = { $n ->
    [one] { $n } day late
   *[other] { $n } days late
 }

## Distance and size
metres = { $n } m
kilometres = { $n } km
kilobytes = { $n } kB
megabytes = { $n } MB

## The promise
sla-safe = On promise
sla-watch = Watch
sla-risk = At risk
sla-breach = Late
sla-paused = Paused
clock-respond = left to assign
clock-arrive = left to arrive
clock-complete = left to finish
clock-watch = watch: half is gone
clock-risk = at risk: 80% is gone
clock-breach = past the promise
clock-paused-customer = paused, waiting for the customer
clock-paused-approval = paused, waiting for approval
clock-paused-parts = paused, waiting for a part
clock-paused = paused
clock-met = done in time
clock-missed = done late
clock-cancelled = cancelled
time-left = { $n ->
    [one] { $n } minute left
   *[other] { $n } minutes left
 }
promise-early = { $n ->
    [0] Expected { $eta }, exactly as promised
    [one] Expected { $eta }, { $n } minute before the promise
   *[other] Expected { $eta }, { $n } minutes before the promise
 }
promise-late = { $n ->
    [0] Expected { $eta }, exactly as promised
    [one] Expected { $eta }, { $n } minute after the promise
   *[other] Expected { $eta }, { $n } minutes after the promise
 }
promise-until = Promised before { $deadline }
promise-passed = The promise of { $deadline } has passed
promise-kept = Done { $done }, before the promised { $deadline }
promise-missed = Done { $done }, after the promised { $deadline }

## A job's state, as staff see it
job-queued = Queued
job-offered = Offered
job-assigned = Assigned
job-en-route = En route
job-arrived = Arrived
job-in-progress = In progress
job-awaiting-approval = Awaiting approval
job-finished = Awaiting acceptance
job-closed = Closed
job-failed = Failed
job-cancelled = Cancelled

## A booking's state, as the customer sees it
booking-awaiting-payment = Awaiting payment
booking-looking = Looking for your technician
booking-confirmed = Visit booked
booking-assigned = Technician found
booking-en-route = On the way to you
booking-arrived = Arrived
booking-working = Working now
booking-awaiting-approval = Waiting for your approval
booking-awaiting-acceptance = Waiting for you to accept
booking-done = Done
booking-cancelled = Cancelled
booking-expired = Ended, no technician
booking-unpaid = Ended, not paid
booking-disputed = Under review
booking-failed = Visit did not happen

## Requests about data
request-export = Copy of the data
request-erasure = Deletion of the account
request-correction = Correction
request-received = Received
request-blocked = Waiting
request-running = Under way
request-done = Done
request-refused = Declined
request-cancelled = Taken back

## Fields
optional = optional
phone-hint = A Saudi mobile number beginning with 5
code-label = { $n ->
    [one] Code, { $n } digit
   *[other] Code, { $n } digits
 }
stars-of = { $n ->
    [one] { $n } star
   *[other] { $n } stars
 }
rating-of = { $value } out of 5
rating = Rating
step-of = Step { $n } of { $of }

## Trouble
offline-bar = Offline. This is what we last heard.
update-ready = A newer version is ready.
update-now = Update now
try-again = Try again
part-missing = This part of the app hasn’t loaded. Check your connection, then try again.
for-support = For support: { $id }
trouble-offline = Offline.
trouble-timeout = The answer took too long.
trouble-signed-out = Your session has ended.
trouble-broken = Something failed on our side.
loading = Loading
taking-long = This is taking longer than usual.

## Dialogs and lists
close = Close
dismiss = Dismiss
undo = Undo
palette-title = Command palette
palette-field = Type a command or a booking number
palette-none = Nothing by these words.
palette-found = { $n ->
    [0] no results
    [one] { $n } result
   *[other] { $n } results
 }
qr-label = QR code
story-done = done
story-warn = warning
story-current = now
story-todo = later

## Secrets and devices
password-show = Show
password-hide = Hide
app-code = Authenticator code
app-code-hint = Six digits that change every 30 seconds.
app-code-short = The code has six digits. Look in your authenticator app.
kept-code = Recovery code
kept-code-hint = One of those you kept, such as 7Q2M-9K4T-2H8W-5R3N. Each is good once.
kept-code-short = A recovery code has 16 letters and digits.
use-kept-code = No phone at hand? Use a recovery code
use-app-code = Use the authenticator app
device-unnamed = A device that gave no name
device-this = This device
device-in-use = In use now
device-used = Last used: { $when }
device-since = Signed in { $day }
device-end = Sign out
device-end-of = Sign out { $name }
device-ended = That device is signed out
devices-none = No device is signed in
devices-end-others = Sign out all other devices
devices-end-title = Sign out everywhere else?
devices-end-text = This device stays signed in. The others have to sign in again.
devices-end-all = Sign out all devices
devices-end-all-title = Sign them out everywhere?
devices-end-all-text = Every device of theirs has to sign in again.
devices-end-do = Sign them out
devices-keep = Leave them
devices-ended = { $n ->
    [0] No other device was signed in
    [one] 1 device is signed out
   *[other] { $n } devices are signed out
 }
