# The customer's app. Arabic is written first; see DESIGN §5 for the voice.

### The frame
brand = Khidma
brand-home = Khidma, home page
page-title = { $title } · Khidma
nav-label = Navigation
nav-home = Home
nav-bookings = Bookings
nav-account = Account
back = Back
edit = Edit
optional = optional
remove-it = Remove { $what }
times = { $what } × { $count }
not-found-title = There is no such page
not-found-text = The link may have changed or lost a part. Your bookings and places are safe.
not-found-home = To the home page

### Places
place-service-at = Service at
place-choose = Choose the place
place-title = { $label }, { $sector }
place-sheet-title = Where do you need us?
place-on-map = Another place on the map
place-sign-in = Sign in to see your saved places
place-set = Set
pin-title = Set the place
pin-district = { $sector }
pin-outside-title = Outside our districts
pin-away = It is { $distance } away.
pin-go-to = Go to { $sector }
pin-promise = Here a technician comes { $within }, from { $price } with all fees
pin-search = Search for a district
pin-search-hint = District, such as An Narjis
pin-served = Served now
pin-locate = My location
pin-no-location = The device did not share its location. Move the map, or search for the district.
pin-note = How to find it, for the technician
pin-note-hint = 2nd floor, flat 7, blue door
pin-keep = Save this place
pin-label = Name of the place
pin-sign-in-to-keep = Sign in to save your places
pin-confirm = Confirm this place
label-home = Home
label-work = Work
label-family = Family home
map-label-pin = Map of Riyadh, the pin in the middle
map-label-track = Map of the visit: the place and the technician

### Home and catalog
home-title = Home services
home-question = What needs doing?
home-promises-for = Promised times for { $sector }, now
home-again = Book again
home-promises-no-place = Set the place to see its times and prices
home-other-open =
    { $n ->
        [one] You have one more open booking
       *[other] You have { $n } more open bookings
    }
search-label = Search services
search-hint = Search: leak, socket, sofa cleaning
search-found =
    { $n ->
        [0] Nothing found
        [one] One result
       *[other] { $n } results
    }
search-none-title = No service matches that
search-none-text = Try a wider word, such as “electrical” or “cleaning”.
price-from = from { $price }
not-served-yet = Not offered here yet
within-minutes =
    { $n ->
        [one] within a minute
       *[other] within { $n } min
    }
within-hours =
    { $n ->
        [one] within an hour
       *[other] within { $n } hours
    }
promise-title = What we promise
promise-time-title = A time you know before you book
promise-time-text = If the technician is late, part of the price comes back to you automatically.
promise-money-title = Held, not charged
promise-money-text = The amount is held on your card and taken only after you accept the work.
promise-extra-title = No cost without your yes
promise-extra-text = You see any extra part with a photo of its receipt, and you decide.
category-title = Category
category-unknown = There is no category of that name
category-not-served = This category is not offered in your district yet. Change the place, or see what we do offer there.
category-promise = A technician comes { $within } to { $sector }

### A service
service-title = Service
service-unknown = There is no service of that name
service-options = What else is needed?
service-quantity = How many
service-where = Where?
service-no-place = No place set yet
service-set-place = Set the place
service-sign-in = Sign in to hold the price
service-continue = Continue to payment
option-price = + { $price }
option-minutes =
    { $n ->
        [one] adds a minute
       *[other] adds { $n } min
    }
quantity-less = One less
quantity-more = One more
when-title = When?
when-now = Now
when-slot = Schedule
when-day = Day
when-hour = Time
slot-window = { $day }, { $window }
price-title = Price
price-held-until = Held until { $time }
price-list-title = List price
price-list-hint = The final price and the promised time show once the place is set and you are signed in. A surcharge may apply to immediate work outside working hours.
line-visit = Visit and diagnosis
line-platform-fee = Platform fee
why-platform-fee = Fixed per booking: guarantee, follow-up, held payment
why-visit = The technician’s way and diagnosis, even if nothing needs repair
why-surcharge = Because you asked for somebody now, outside working hours
why-material = You approved it during the visit
promise-now = The technician arrives before { $time }.
promise-slot = Your visit is { $window }, and the technician arrives before { $time }.
promise-remedy = If late, { $percent }% of the service comes back to you automatically.
quote-renewed = The price held until { $time } has ended. It is now { $price }.
quote-ended = The time of this price has ended. Ask for it again; nothing you chose is lost.
quote-again = Ask for the price again

### Checkout and cards
checkout-title = Review and book
checkout-what = What you book
checkout-held-title = Nothing is charged now.
checkout-held-text = The amount is held on your card and taken only after you accept the work. Any extra part needs your approval first.
checkout-book = Book and hold
pay-method = Payment
pay-new-card = New card
pay-other-card = Another card
pay-again = Try this card
pay-hold = Hold { $amount } on the card
pay-now-text = Your booking is kept for a few minutes and waits for your card. Nothing was charged.
card-number = Card number
card-number-missing = Enter the card number.
card-number-short = The card number is too short.
card-number-wrong = There is a mistake in the card number. Check the digits.
card-name = Name on the card
card-name-missing = Enter the name as it is on the card.
card-expiry = Expiry date
card-expiry-wrong = Enter month and year, such as 08 / 29.
card-expired = This card has expired.
card-cvc = Security code
card-cvc-wrong = Enter the { $count }-digit security code.
card-save = Save the card for next time
card-goes-to-gateway = The number goes straight to the payment gateway. It doesn’t pass us and we don’t keep it.
card-of = { $brand } card
card-ending = { $brand } ending in { $digits }
return-title = Checking the payment
return-waiting-title = The bank has not answered yet
return-waiting-text = If you finished on the bank’s page, ask again in a moment. The amount is never held twice.
return-ask-again = Ask the bank again
return-declined-title = The bank declined the hold
return-to-booking = To the booking

### Where things stand
the-technician = The technician
track-title = Booking
head-awaiting-payment = Payment is left
head-looking = We are looking for your technician
head-scheduled = Your visit: { $window }
head-assigned = { $name } accepted and arrives around { $time }
head-assigned-no-eta = { $name } accepted your booking
head-assigned-slot = { $name } comes { $window }
head-en-route = { $name } arrives around { $time }
head-en-route-no-eta = { $name } is on the way
head-arrived = { $name } is here
head-working = { $name } is working
head-approval = { $name } waits for your decision
head-acceptance = The work is done. Are you happy with it?
head-done = The visit is complete
head-cancelled = The booking was cancelled
head-expired = The booking ended without a visit
head-disputed = Your booking is being reviewed
eta-around = Arrives around
minutes-away =
    { $n ->
        [one] The technician is a minute away
       *[other] The technician is { $n } minutes away
    }
line-booked = Booked { $time }
line-promised = Promised before { $time }
line-slot = Booked for { $time }
line-done-by = Promised to be done before { $time }
line-paused = The time stands still until you decide.
map-stale = { $name }’s last known position is from { $time }

### The visit
technician-title = The technician
technician-of = { $vendor }, ID verified
rating-of = Rating
visits =
    { $n ->
        [one] one visit
       *[other] { $n } visits
    }
code-title = Completion code
code-text = Give it to the technician once you are happy with the work, not before.
code-spoken = Code { $digits }
accept-work = Accept the work
accept-hint = The amount is charged once you accept. If you say nothing, the work is accepted after 24 hours.
arrival-question = Is { $name } here?
arrival-text = If the technician is with you but the phone doesn’t recognise the place, confirm it here.
arrival-confirm = Yes, here
story-title = Story of the visit
story-confirmed = Booked, amount held
story-confirmed-sub = { $amount } held on your card, not charged
story-assigned = { $name } accepted
story-en-route = { $name } is on the way to you
story-arrived = { $name } arrived
story-started = { $name } started the work
story-finished = { $name } finished the work
story-accepted = You accepted the work
story-accepted-sub = Thank you for your trust
story-settled = The amount was charged
story-settled-sub = { $amount } from your card
story-cancelled = The booking was cancelled
story-cancelled-free = Without a fee; the amount is free again on your card
story-cancelled-fee = Cancellation fee { $amount }; the rest is free again on your card
story-expired = The booking ended
story-expired-sub = Nothing was charged
story-disputed = The booking is being reviewed
story-failed = The visit could not take place
story-extra-approved = You approved the extra cost
story-extra-declined = You declined the extra cost
story-card-declined = The bank declined the hold
story-card-declined-sub = Nothing was charged
story-given-back = The technician had to withdraw
story-given-back-sub = We are looking for another one right now
story-escalated = A dispatcher is on it
story-escalated-sub = No technician has accepted yet; we will tell you what comes of it
story-slipping =
    { $n ->
        [one] The arrival may be a minute past our promise
       *[other] The arrival may be { $n } minutes past our promise
    }
story-late = { $name } is later than we promised
story-remedy = { $amount } comes back to you
todo-payment = Payment
todo-technician = Choosing the technician
todo-arrival = Arrival, place check
todo-work = The work
todo-acceptance = Your acceptance
outcome-cancelled-free = The booking was cancelled without a fee. What was held is free again on your card.
outcome-cancelled-fee = The cancellation fee of { $amount } was charged. The rest is free again on your card.
outcome-expired = Nothing was charged. If you still need the service, book again.
outcome-remedy = We were later than promised, so { $amount } comes back to you.
cancel-open = Cancel booking
cancel-title = Cancel the booking?
cancel-nothing-held = Nothing is held on your card yet, and cancelling is free.
cancel-free = Cancelling now is free, and { $amount } comes back to you.
cancel-fee = Cancelling now costs { $fee }, and { $rest } comes back to you.
cancel-not-now = The work has begun, so it can’t be cancelled here any more.
cancel-keep = Keep it
cancel-do = Cancel it
cancel-done = The booking is cancelled
extra-title = Extra cost
extra-asks = { $name } needs parts for { $amount }
extra-clock-stands = The work waits until you decide, and its clock stands still.
extra-review = Review and decide
extra-photo = The receipt as the technician sent it
extra-photo-alt = Photo of the receipt for the parts. Press to open it in full
extra-held = This amount is held on your card and taken only after you accept the work.
extra-approve = Approve { $amount }
extra-decline = Decline
extra-decline-hint = If you decline, the technician does what can be done without these parts.
extra-approved-toast = Approved; the technician goes on
extra-declined-toast = Declined; the technician goes on without them
rate-question = How was the visit by { $name }?
rate-given = Your rating
rate-tags = What stood out?
rate-comment = A word for the technician
rate-send = Send the rating
rate-thanks = Your rating has arrived
tag-on-time = On time
tag-tidy = Tidy work
tag-skilled = Skilled
tag-polite = Polite
tag-late = Late
tag-untidy = Left a mess
tag-not-fixed = Not fixed
tag-unclear-price = Unclear price

### Receipt and bookings
receipt-link = Receipt
receipt-title = Receipt
receipt-vat-number = VAT number
receipt-held = Held, not charged
receipt-charged = Charged
receipt-returned = Returned in full
receipt-nothing = Nothing was held
receipt-remedy = Returned for our delay
receipt-remedy-why = Because the arrival was past the promised time
receipt-qr = Code of the tax authority (ZATCA)
receipt-print = Print or save
bookings-title = Bookings
bookings-open = Open
bookings-past = Past
bookings-more = Show more
bookings-empty-title = No bookings yet
bookings-empty-text = When you book, follow the technician, the promise and the money here.
bookings-empty-action = Browse services
bookings-signed-out-title = Your bookings are in your account
bookings-signed-out-text = Sign in with your mobile number to see them on this device.
day-and-time = { $day }, { $time }

### Signing in
sign-in-action = Sign in
sign-in-title = Sign in
sign-in-text = Enter your mobile number and we text you a code.
sign-in-terms = The number confirms and follows your bookings, nothing else. The technician doesn’t get it.
phone-label = Mobile number
phone-wrong = Enter a Saudi mobile number, such as 0501234567.
phone-send = Send the code
code-title-sign-in = Enter the code
code-sent-to = We sent it to
code-check = Sign in
code-again = Send a new code
code-again-in =
    { $n ->
        [one] You can ask for a new code in a second
       *[other] You can ask for a new code in { $n } seconds
    }
name-title = What is your name?
name-text = The technician greets you by it.
name-label = Name
name-missing = Enter your name.
name-save = Save
name-later = Later

### Before one begins
begin-title = Before you begin
begin-text = Two short texts say what holds between us. Each opens in a new page.
begin-changed-title = Our texts have changed
begin-changed-text = Since you last agreed, this has changed. Read it before you go on.
begin-terms = Booking, price, payment and cancelling, and what is your right.
begin-notice = What we keep about you, why, how long, and who sees it.
begin-version = Version { $version }
begin-agree-both = I agree to the terms of use and have read the privacy notice.
begin-agree-terms = I agree to the terms of use.
begin-agree-notice = I have read the privacy notice.
begin-agree-missing = Tick it first, then we go on.
begin-offers-text = Optional. Stop them whenever you like under “Your data” in your account.
begin-do = Agree and go on
opens-beside = opens in a new page

### Account
account-title = Account
account-signed-out = Sign in to see your bookings, saved places and saved cards.
account-no-name = No name given yet
account-keep-name = Leave it
account-look = Display
account-language = Language
account-theme = Theme
theme-auto = As device
theme-light = Light
theme-dark = Dark
account-places = My places
account-no-places = No saved places. Save your home once and book to it with one tap.
account-add-place = Add a place
account-cards = My cards
account-no-cards = No saved cards. A card is saved when you pay, if you choose so.
account-devices = Devices
account-devices-text = Where your account is open. Sign out whatever you don't know.
account-app = The app
account-install = To find it among your apps, open the browser’s menu and choose “Add to Home screen”.
account-update = Update to the new version
account-version = Version
sign-out = Sign out

### Your data
data-title = Your data
data-sub = A copy, corrections, your consents, deleting the account
data-intro = What we keep about you is yours: take a copy, have it corrected, or delete your account. We answer every request within 30 days.
consents-title = What you agreed to
consent-terms = Terms of use
consent-notice = Privacy notice
consent-marketing = Messages about offers
consent-marketing-text = Messages about your bookings come either way.
consent-agreed = Agreed { $day }, version { $version }
consent-told = Read { $day }, version { $version }
consent-stopped = Stopped { $day }
consent-never = Not agreed to
consent-not-answered = Not answered yet
consent-on = Messages about offers will reach you
consent-off = No more messages about offers
copy-title = A copy of your data
copy-text = One archive with everything we keep about you, for people and programs to read.
copy-ask = Ask for a copy
copy-gathering = We’re gathering your data
copy-gathering-text = The copy appears here when it is ready. No need to wait on this page.
copy-by-hand = Your copy is larger than usual. Our people see to it and answer you in time.
copy-ready = Your copy is ready, { $size }
copy-until = Here until { $when }
copy-download = Download the copy
copy-newer = Ask for a newer copy
correction-title = Is something wrong?
correction-text = What you can’t change in the app, we correct for you.
correction-open = Ask for a correction
correction-dialog = What should we correct?
correction-field = What is wrong, and what is right?
correction-hint = Say what you see, then what it should be.
correction-missing = Write what to correct.
correction-send = Send the request
correction-keep = Leave it
correction-sent = We have your request
correction-waits = We have your request, and answer before { $day }.
delete-title = Delete the account
delete-text = You first see what goes and what stays. Nothing begins before you confirm.
delete-open = See what deleting means
delete-grace-title =
    { $n ->
        [one] You have a day to change your mind
       *[other] You have { $n } days to change your mind
    }
delete-grace-text = Your account works as usual meanwhile, and one tap stops it.
delete-gone-title = Then what is yours is erased
delete-gone-text = Your name and number, saved places and cards, devices, our messages to you, and any credit left in your wallet. That can’t be undone.
delete-stays-title = What the law makes us keep stays
delete-stays-text = Your invoices and what they rest on for six years, the ledger without your name, and the record of what you asked for and agreed to. What is somebody else’s too, such as your ratings, stays without a name.
delete-phone-title = Your number is free again
delete-phone-text = Open a new account with it whenever you like; it knows nothing of this one.
against-title = What has to end first
against-none = Nothing stands in the way now.
against-text = You can ask now; we begin once this is over.
obstacle-booking = You have a visit that is not over
obstacle-booking-do = Let it end, or cancel it in your bookings.
obstacle-money = Money is held on your card, or due
obstacle-money-do = It is charged or comes back once the visit is settled. You need do nothing.
obstacle-refund = A refund is on its way to your card
obstacle-refund-do = Your bank finishes it within days; then we go on.
obstacle-work = This account works with us
obstacle-work-do = End that work first, with your vendor or with us, then come back.
delete-ask = Delete my account
delete-question = Delete your account?
delete-when =
    { $n ->
        [one] We begin in a day, and you can stop it until then. After that it can’t be undone.
       *[other] We begin in { $n } days, and you can stop it until then. After that it can’t be undone.
    }
delete-sure = I understand that my data is erased for good.
delete-sure-missing = Tick it first, so that we know you are sure.
delete-keep = Keep my account
delete-do = Delete it
delete-asked = We have your request to delete
leaving-title = You asked to delete your account
leaving-text = It begins { $when }. Until then your account works as usual, and you can keep it.
leaving-blocked = We wait until this is over, then begin by ourselves. You can still keep your account.
leaving-running = It has begun, and can’t be stopped any more.
leaving-kept = Your account stays as it is
requests-title = Your requests
requests-none = You have asked for nothing yet.
request-received = Received { $day }
request-due = Answered before { $day }
request-ended = Ended { $day }
request-text = What you wrote
request-extended = We need longer
request-answer = Our answer
request-back = Take it back
request-back-done = The request is taken back

### Proving it is oneself
prove-title = Confirm it is you
prove-text = We’ll text a code to your number. Then what you asked for goes on by itself.
prove-sent = We’ve texted the code to your number. Enter it here.
prove-do = Continue
prove-not-now = Not now
