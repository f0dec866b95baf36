# The console's words.

brand = Khidma
skip = Skip to the content
close = Close
list-comma = {", "}
riyals = SAR
other-language = العربية

# Frame
rail = Sections
nav-console = Live
nav-bookings = Bookings
nav-gallery = Gallery
nav-profile = My profile
command-field = Search or run a command
live = Live
live-connecting = Reconnecting since { $since }
live-offline = Offline since { $since }
scope-title = Your scope
me = My profile, { $name }
lost-title = There is no page here
lost-text = The link may be old, or the page has moved.
lost-back = Go to the console
gallery-only-development = The gallery is there in development only.

# Sign-in
sign-in-title = Staff sign-in
sign-in-hint = For dispatchers, reviewers and finance. Customers and technicians sign in from their app. Forgot your password, or lost your phone? An administrator gives you a link.
sign-in-email = Email
sign-in-email-missing = Enter your work email.
sign-in-password = Password
sign-in-password-missing = Enter your password.
sign-in = Sign in
sign-in-passkey = Use a passkey
sign-in-help = Can't sign in? Ask an administrator.
sign-out = Sign out

# Console
console-title = Live console
console-not-yours = The live console is not part of your role
console-not-yours-text = If you need it for your work, ask an administrator.
panes = Parts of the console
pane-queue = Queue
pane-map = Map
pane-job = Selected job
strip = Promises right now
unassigned = Unassigned
on-shift = Technicians on shift
sla-paused = Paused
clock-respond = Respond
clock-arrive = Arrive
clock-complete = Complete
paused-customer = Paused, waiting for the customer
paused-approval = Paused, waiting for the customer's approval
paused-parts = Paused, waiting for a part

# Queue
queue-title = Queue by risk
queue-search = Search the queue
queue-held = A new order is waiting. Update now
queue-empty = No open jobs now
queue-empty-text = When a job is booked in your scope it appears here with its clock.
queue-none = No job passes this filter now
queue-none-text = { $n ->
    [one] 1 job on promise.
   *[other] { $n } jobs on promise.
}
col-left = Left
col-clock = Clock
col-service = Service
col-place = District
col-state = State
col-technician = Technician
col-reference = No.
col-slot = Slot
col-created = Made
col-seen = Last seen
col-job = Job
filter = Filter
filter-sla = Promise
filter-zone = Zone
filter-category = Category
filter-clear = Clear the filter
views = Saved views
view-all = All
view-needs = Late or at risk
view-unassigned = Unassigned
view-name = Name of the view
view-save = Save the view
view-drop = Delete the view “{ $name }”
also-here = Also here: { $names }
escalated = Escalated to you

# Alarms
alarms = Alarms
alarms-more = { $n ->
    [one] Show 1 more
   *[other] Show { $n } more
}
alarms-none = No alarm waits for anybody.
acknowledge = Acknowledge
sound = Sound
alarm-breach = { $place }: { $clock } { $minutes ->
    [0] late now, not acknowledged
    [one] 1 min late, not acknowledged
   *[other] { $minutes } min late, not acknowledged
}
alarm-predicted = { $place }: { $clock } expected { $minutes ->
    [one] 1 min late
   *[other] { $minutes } min late
}
alarm-warning = { $place }: { $clock } is due soon, at { $due }
alarm-raised = Since { $at }
alarm-taken = The alarm is yours. Colleagues see your name.
alarm-snoozed = The alarm is put off until { $until }
snooze-for = { $n ->
    [one] Snooze for 1 minute
   *[other] Snooze for { $n } minutes
}

# Map
map-label = Map of districts, technicians and jobs
map-as-list = As a list
map-list = Technicians on the map
map-list-none = No technician is on shift now. Whoever begins one appears here within seconds.
legend = Key to the map
legend-job = Job, by its promise
legend-radius = Search radius
dot-free = Free
dot-busy = Busy
dot-stale = Old position
dot-offline = Off shift
seen-at = Position at { $at }
seen-last = Last seen { $at }
zoom-in = Zoom in
zoom-out = Zoom out

# Job
job-none = Choose a job
job-none-text = From the queue or the map: here you see who can do it, what happened, and whom to call.
job-over = This visit is over and has left the queue.
tab-candidates = Candidates
tab-story = Story
tab-price = Price
tab-people = People
due = { $clock } by { $at }
was-due = { $clock } was due by { $at }
eta = Expected { $at }
clock-by = By { $at }
clock-met = Done { $at }, promised { $due }
clock-late = Late: { $at }, promised { $due }
clock-cancelled = Cancelled
escalated-at = Escalated to you { $at }.
escalated-no-candidates = No technician can take it now.
escalated-refusals = Nobody asked has taken it.
escalated-respond-warning = The time to assign is nearly up and nobody took it.
refusals = { $n ->
    [one] 1 offer not taken.
   *[other] { $n } offers not taken.
}

# Candidates
candidates-at = Ranked as of { $at }, searched up to { $radius }
candidates-none = Nobody can take it now without a caveat. See those ruled out, and why.
candidates-out = Ruled out, and why
candidates-more = { $n ->
    [one] Show 1 more
   *[other] Show { $n } more
}
candidates-over = The technician is at work or the visit is over: nobody else can be assigned.
assign = Assign
reassign = Reassign
assign-to = Assign to { $name }
reassign-to = Reassign to { $name }
assigned-to = Assigned to { $name }
assign-note = The technician is told at once. Only another assignment takes it back.
has-it = Has the job now
score = Score
speaks-for = For:
speaks-against = Against:
score-arrival = Arrival
score-travel = Travel
score-skill = Skill
score-quality = Quality
score-workload = Load
score-fairness = Fairness
score-coverage = Coverage
score-preferred = Wish
score-tier = Vendor
score-position = Position
why-off-shift = Off shift now
why-busy = Has a job at that time, or would miss the next one
why-offer-open = Is looking at another offer
why-no-position = No recent position
why-outside-radius = Beyond the search radius, and others are nearer
why-declined-before = Declined this job, or let its offer run out
why-released-before = Had this job and gave it up
why-too-late = Would arrive after the promise
why-matched-elsewhere = Better for everyone on another job
why-ranked-lower = Could do it; somebody else was better
why-preferred = The customer asked for them
why-position-old = Position is old, so the time is a guess
why-coverage = Leaves their district with little cover
why-workload = Has many jobs today
arrives = Arrives { $at }
arrives-before = Arrives { $at }, { $n ->
    [0] exactly on the promise
    [one] 1 min before the promise
   *[other] { $n } min before the promise
}
arrives-after = Arrives { $at }, { $n ->
    [one] 1 min after the promise
   *[other] { $n } min after the promise
}
drives = { $distance } away, { $n ->
    [one] 1 min drive
   *[other] { $n } min drive
}
reason = Reason for assigning by hand
reason-is = Reason: { $reason }
reason-choose = Choose a reason
reason-missing = Choose a reason or write one: it is kept with the decision.
reason-nearest = escalated, nearest
reason-customer = customer asked for them
reason-late = previous technician will be late
reason-skill = better skilled for it
reason-other = another reason
reason-write = Write the reason

# Story
told-by = { $who }
told-booking = Booking: { $state }
told-job = Visit: { $state }
told-payment = A hold was asked for
told-payment-declined = The bank declined the hold
told-breached = The promise was broken
told-slipping = The promise is expected to break
told-given-back = The technician gave the job back
told-extra-asked = Extra cost waits for the customer
told-extra-approved = Extra cost approved by the customer
told-extra-declined = Extra cost declined by the customer
told-offer = Offered to { $name }
told-offer-until = Until { $until }, round { $round }
told-offer-closed = { $name }: { $what }
told-assigned = Assigned to { $name }
told-released = { $name }: { $what }
told-round = Decision of round { $round }
told-round-sub = { $n ->
    [one] 1 candidate
   *[other] { $n } candidates
} within { $radius }, { $matched ->
    [one] 1 job in the round
   *[other] { $matched } jobs in the round
}
told-alarm-breach = Alarm: the promise is broken
told-alarm-predicted = Alarm: expected to be late
told-alarm-warning = Alarm: due soon
told-alarm-taken = Alarm acknowledged
offer-open = looking at the offer
offer-accepted = accepted the offer
offer-declined = declined the offer
offer-expired = let the offer run out
offer-withdrawn = the offer was withdrawn
outcome-completed = completed the visit
outcome-reassigned = the job went to somebody else
outcome-requeued = the job went back to the queue
outcome-withdrawn = the job was withdrawn
person-you = You
person-colleague = A colleague
postings = Ledger postings
account = Account
amount-riyals = Amount (SAR)
entry-capture = Amount charged
entry-split = Amount split
entry-gateway-fee = Payment gateway's fee
entry-cancellation-fee = Cancellation fee
entry-credit = Credit to the customer for the delay
entry-penalty = Penalty on the vendor for the delay
entry-vendor-release = Vendor's share became payable

booking-awaiting-payment = Awaiting payment
booking-confirmed = Confirmed
booking-in-service = In service
booking-awaiting-acceptance = Awaiting acceptance
booking-accepted = Accepted
booking-settled = Settled
booking-cancelled = Cancelled
booking-expired = Expired
booking-disputed = Disputed

# Price
price-materials = Extra material
price-materials-why = Approved by the customer with its receipt; no commission on it.
price-extras = Extra costs
line-platform-fee = The platform's fixed fee
line-visit = Diagnosis and attendance
line-surcharge = Immediate, or outside working hours
line-benefit = From the customer's membership
money-where = Where the money is
money-held = Held on the card
money-charged = Charged
money-returned = Returned
money-fee = Cancellation fee
money-remedy = Back to the customer for the delay
money-none = Nothing was held
money-is-held = Held, not charged
money-is-charged = Charged
money-is-returned = All returned

# People
customer-side = Customer
customer-since = With us since { $date }
customer-bookings = { $n ->
    [one] 1 booking
   *[other] { $n } bookings
}
no-name = No name yet
erased-account = An erased account
vendor-side = Technician and vendor
vendor-none = No technician for this job yet.
vendor-tier = Tier: { $tier }
vendor-paused = Suspended
tier-basic = Basic
tier-growth = Growth
tier-premium = Premium
on-shift-now = On shift now

# Cancelling
cancel = Cancel
cancel-title = Cancel the booking?
cancel-fee = The customer pays
cancel-returned = Goes back to the card
cancel-too-late = Too late to cancel: work has begun, or the booking is over.
cancel-reason = Reason for cancelling
cancel-reason-missing = Write the reason: it is kept with the cancellation.
cancel-final = It can't be undone. The customer and the technician are told.
cancel-keep = Keep it
cancel-do = Cancel it
cancelled = Booking { $reference } is cancelled

# Bookings
bookings-none = No bookings in this state
bookings-none-text = Choose another state.
bookings-shown = { $n ->
    [one] 1 booking on this page
   *[other] { $n } bookings on this page
}
slot-now = Immediate
made-at = Made { $when }
open-in-console = Open in the console
pages = Pages
first-page = First page
next-page = Next page

# Palette
command-light = Light theme
command-dark = Dark theme
group-pages = Pages
group-views = Views
group-zones = Zones
group-actions = Commands
group-jobs = Jobs

# Profile
profile-language = Language
profile-theme = Theme
profile-density = Density
theme-auto = As the device
theme-light = Light
theme-dark = Dark
density-compact = Compact
density-comfortable = Comfortable
role-dispatcher = Dispatcher
role-kyc-reviewer = Document reviewer
role-moderator = Moderator
role-finance-officer = Finance officer
role-operations-manager = Operations manager
role-administrator = Administrator
role-auditor = Auditor
role-other = User

# Keys
keys-title = Keyboard keys
keys-note = Letters act while you are not typing in a field, in Arabic and English. Change them in your profile.
keys-off-note = Letter keys are off. Switch them on in your profile.
keys-on-hint = Single letters act while you are not typing in a field.
keys-change = { $what }: { $key }. Change the key
keys-press = Press a key
keys-reset = Restore the original keys
key-palette = Command palette
key-help = All keys
key-next = Next job
key-previous = Previous job
key-arrows = Next and previous job
key-open = Open the job
key-back = Back to the queue
key-search = Search
key-filter = Filter
key-acknowledge = Acknowledge the alarm
key-go = Go to
key-go-queue = Go to the queue
key-go-map = Go to the map
key-go-story = Go to the story
key-candidate = Arm a candidate, then Enter assigns

# Proving it is oneself
step-up-title = Prove it is you
step-up-text = What you asked for wants your second factor again. Then it goes on by itself, and for five minutes you are not asked again.
step-up-not-now = Not now
step-up-do = Continue

# Security
security-title = Security
security-sub = Devices, password, second factor
devices-title = Your devices
devices-text = Where your account is open. Sign out whatever you don't know.
factor-title = Second factor
factor-text = Beside the password, something only you have at hand.
app-title = Authenticator app
app-in-use = In use. You are asked for its code when you sign in, and before what can't be undone.
app-none = This account has none. Ask an administrator.
app-another = Set up another app
app-changed = The new app is in use; the old one is worth nothing now
enrol-title = Set up the new app
enrol-scan = Scan this code with the authenticator app on your phone.
enrol-qr = QR code with the new app's secret
enrol-type = Or type this secret into it:
enrol-code = Code of the new app
enrol-code-hint = Until it is confirmed, within 15 minutes, the old app counts.
enrol-keep-old = Keep the old app
enrol-do = Use the new app
copy = Copy
copied = Copied
not-copied = Your browser did not allow copying. Select the text and copy it yourself.
save-file = Save as a file
kept-title = Recovery codes
kept-left = { $n ->
    [0] None left
    [one] 1 of 10 left
   *[other] { $n } of 10 left
}
kept-few = Make new ones while your phone is at hand: without them, a lost phone shuts you out.
kept-renew = Make new codes
kept-renew-title = Make ten new codes?
kept-renew-text = Those you kept before stop working.
kept-renew-do = Make them
kept-renew-not = Keep the old ones
kept-new = Your new recovery codes
kept-once = They are shown this once. Keep them where your phone is not: on paper, or in a password manager. Each opens the door once in place of the app's code.
kept-file-head = Khidma: recovery codes. Each is good once.
kept-done = I have kept them
password-title = Password
password-text = Changing it signs out your other devices.
password-current = Current password
password-current-missing = Enter the password you use now.
password-new = New password
password-rules = 12 characters or more, of any kind: a sentence is fine. Not your email, and none that everybody uses.
password-short = It is too short: 12 characters or more.
password-do = Change the password
password-changed = { $n ->
    [0] Your password is changed
    [one] Your password is changed, and 1 other device is signed out
   *[other] Your password is changed, and { $n } other devices are signed out
}

# Staff
nav-staff = Staff
staff-not-yours = Accounts of staff are not part of your role
staff-none = Nobody in this state
staff-invited = Invited
staff-active = Active
staff-disabled = Disabled
col-name = Name
col-roles = Roles
col-signed-in = Last sign-in
never = Never yet
factor-yes = Set up
factor-no = Not yet
zones-all = Everywhere
zones-some = These zones
roles-rule = An administrator has no money and no documents. An auditor reads everything and holds no other role.
roles-missing = Choose at least one role.
staff-invite = Invite
staff-invite-title = Invite a colleague
staff-invite-text = They get a link from you. With it they choose a password and set up their authenticator app.
staff-name-missing = Write their name.
staff-email-missing = Write their work email.
staff-invite-do = Make the link
staff-invited-toast = The invitation is made
link-once = Hand it to that person and nobody else: it is shown this once, and good until { $until }.
link-label = Link
link-done = I have handed it over
staff-own = This is your own account. Another administrator changes its roles; your devices, password and second factor are under Security.
staff-since = Account since
staff-disabled-at = Disabled { $when }: { $reason }
staff-devices = Where they are signed in
roles-do = Save the roles
roles-note = They are signed out, and have the new roles when they sign in again.
roles-changed = The roles are changed
staff-look-again = Look at it again
ways-in = Ways in
ways-in-text = Only for somebody you know to be who they say.
way-password = They forgot their password
way-password-do = Make a password link
way-factor = They lost the phone with their authenticator app
way-factor-do = Reset the second factor
way-factor-title = Reset the second factor?
way-factor-text = Their app, recovery codes and devices are worth nothing from now on. They set up a new app with the link you get.
way-invited = The link was lost, or its day is over
way-invited-do = Make a new link
way-invited-title = Make a new link?
way-invited-text = The link of before stops working.
disable = Disable
disable-text = They leave, or something is wrong: nobody signs in to this account any more.
disable-title = Disable this account?
disable-what = They are signed out everywhere at once. What they did stays on record, and you can enable the account again.
disable-reason = Reason
disable-reason-hint = Other administrators and auditors read it.
disable-reason-missing = Write the reason: it is kept with the account.
disable-keep = Leave it
staff-disabled-toast = The account is disabled
enable = Enable
enable-text = They sign in as before.
staff-enabled-toast = The account is enabled

# Passkeys
keys-heading = Passkeys
keys-what = A key of this device or of your phone, opened with a finger, a face or a PIN. No page but ours can ask for it.
passkeys-none = You have no passkey yet.
passkeys-unable = This browser knows no passkeys.
passkey-add = Add a passkey
passkey-add-title = Add a passkey
passkey-add-text = Then your browser asks where to keep it.
passkey-name = Its name
passkey-name-hint = So that you know it in this list, such as “Laptop at work”.
passkey-name-missing = Give it a name of 1 to 80 characters.
passkey-add-do = Make it
passkey-added = The passkey is added
passkey-since = Added { $day }
passkey-used = Last used: { $when }
passkey-unused = Not used yet
passkey-blocked = Blocked
passkey-blocked-text = { $name } seems to have been copied and opens nothing any more. Remove it.
passkey-rename = Rename { $name }
passkey-rename-title = Rename the passkey
passkey-rename-do = Rename
passkey-renamed = The name is changed
passkey-remove = Remove { $name }
passkey-remove-title = Remove { $name }?
passkey-remove-text = It opens nothing any more. Your authenticator app stays.
passkey-remove-do = Remove it
passkey-remove-not = Keep it
passkey-removed = The passkey is removed

# Data requests
nav-privacy = Data requests
privacy-not-yours = Data requests are not part of your role
privacy-lists = Requests by where they stand
privacy-open = Open
privacy-ended = Ended
privacy-none-open = No request waits for an answer
privacy-none-open-text = When somebody asks for a copy of their data, a correction or its deletion, it appears here with the time left.
privacy-none-ended = No request has ended yet
privacy-none-ended-text = What is answered stays here.
col-time-left = Time to answer
col-request = Request
col-waits-for = Waits for
col-due = Answer due
col-received = Received
col-ended = Ended
privacy-received = Received: { $when }
privacy-extended = Extended once
privacy-too-large = Too large to be made by itself: answer it by hand
urgency-calm = In time
urgency-half = Half the time is gone
urgency-late = 80% of the time is gone
urgency-overdue = Overdue
urgency-was-in-time = Ended in time
urgency-was-late = Ended late
against-booking = A visit that is not over
against-money = Money held or due
against-refund = A refund on its way
against-work = Their work with us
privacy-who = Who asked
privacy-erased = Account erased
privacy-phone = Phone ends in
privacy-begins = Erasure begins
privacy-text = What they wrote
privacy-reason = Why it takes longer
privacy-answer = The answer
privacy-steps = What was erased, and what stayed
privacy-steps-none = Nothing has been erased yet.
privacy-kept = { $what } ({ $count })
privacy-kept-nothing = Nothing stayed.
basis-tax = tax law keeps it for six years
basis-ledger = a ledger that nothing is taken out of, without names
basis-proof = proof of what was agreed, asked and answered
basis-audit = the record of who did what
basis-others = somebody else’s too, and no longer with their name
holder-identity = Account and sign-in
holder-bookings = Bookings and visits
holder-settlement = Payments
holder-notify = Messages
holder-location = Places and positions
holder-dispatch = Dispatch
holder-vendors = Vendors
holder-platform = Audit log
kept-account = The account’s row, empty
kept-audit = Audit log
kept-assignments = Assignments
kept-bookings = Bookings and invoices
kept-consents = Consents
kept-extras = Extra costs
kept-holds = Payments
kept-offers = Offers
kept-photos = Photos others took
kept-quotes = Prices that were held
kept-ratings = Ratings
kept-requests = Requests
kept-story = Stories of visits
kept-technician = Technician’s file
kept-vendor = Vendor’s file
kept-visits = Visits
kept-wallet = Wallet entries
privacy-complete = Correction made
privacy-complete-title = Is it corrected?
privacy-complete-label = What was corrected?
privacy-completed-toast = The request is answered
privacy-extend = Extend the time
privacy-extend-title = Extend by 30 days?
privacy-extend-label = Why do we need longer?
privacy-extended-toast = The time is extended
privacy-refuse = Decline the request
privacy-refuse-title = Decline this request?
privacy-refuse-label = Why?
privacy-refused-toast = The request is declined
privacy-read-by = Whoever asked reads it as you write it. Use their language, plain and kind.
privacy-text-missing = Write what they will read.
privacy-keep = Leave it
