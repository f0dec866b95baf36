# The customer's app. Arabic is written first; see DESIGN §5 for the voice.

### The frame
brand = خدمة
brand-home = خدمة، الصفحة الرئيسية
page-title = { $title } · خدمة
nav-label = التنقّل
nav-home = الرئيسية
nav-bookings = حجوزاتي
nav-account = حسابي
back = رجوع
edit = تعديل
optional = اختياري
remove-it = حذف { $what }
times = { $what } × { $count }
not-found-title = هذه الصفحة غير موجودة
not-found-text = ربما تغيّر الرابط أو نُقص منه شيء. حجوزاتك وأماكنك محفوظة.
not-found-home = إلى الرئيسية

### Places
place-service-at = الخدمة إلى
place-choose = اختر المكان
place-title = { $label }، { $sector }
place-sheet-title = أين نخدمك؟
place-on-map = مكان آخر على الخريطة
place-sign-in = سجّل الدخول لعرض أماكنك المحفوظة
place-set = تحديد
pin-title = حدّد المكان
pin-district = حيّ { $sector }
pin-outside-title = خارج نطاقنا
pin-away = يبعد عنك { $distance }.
pin-go-to = انتقل إلى حيّ { $sector }
pin-promise = هنا يصلك فنّي { $within }، والسعر من { $price } شاملًا كل الرسوم
pin-search = ابحث عن حيّ
pin-search-hint = اسم الحيّ، مثل النرجس
pin-served = نخدمه الآن
pin-locate = موقعي الحالي
pin-no-location = لم يسمح الجهاز بمعرفة موقعك. حرّك الخريطة، أو ابحث باسم الحيّ.
pin-note = وصف المكان للفنّي
pin-note-hint = الدور 2، شقة 7، الباب الأزرق
pin-keep = احفظ هذا المكان
pin-label = اسم المكان
pin-sign-in-to-keep = سجّل الدخول لتحفظ أماكنك
pin-confirm = تأكيد المكان
label-home = المنزل
label-work = العمل
label-family = بيت العائلة
map-label-pin = خريطة الرياض، الدبوس في وسطها
map-label-track = خريطة الزيارة: المكان والفنّي

### Home and catalog
home-title = خدمات المنزل
home-question = ماذا نُصلح اليوم؟
home-promises-for = المدد المضمونة لحيّ { $sector } الآن
home-again = احجز مرة أخرى
home-promises-no-place = حدّد المكان لترى المدة والسعر فيه
home-other-open =
    { $n ->
        [one] لديك حجز مفتوح آخر
        [two] لديك حجزان مفتوحان آخران
        [few] لديك { $n } حجوزات مفتوحة أخرى
        [many] لديك { $n } حجزًا مفتوحًا آخر
       *[other] لديك { $n } حجز مفتوح آخر
    }
search-label = ابحث عن خدمة
search-hint = ابحث: تسريب، فيش، تنظيف كنب
search-found =
    { $n ->
        [zero] لا نتائج
        [one] نتيجة واحدة
        [two] نتيجتان
        [few] { $n } نتائج
        [many] { $n } نتيجة
       *[other] { $n } نتيجة
    }
search-none-title = لم نجد خدمة بهذا الوصف
search-none-text = جرّب كلمة أعمّ، مثل «كهرباء» أو «تنظيف».
price-from = من { $price }
not-served-yet = غير متاح هنا بعد
within-minutes =
    { $n ->
        [one] خلال دقيقة
        [two] خلال دقيقتين
        [few] خلال { $n } دقائق
        [many] خلال { $n } دقيقة
       *[other] خلال { $n } دقيقة
    }
within-hours =
    { $n ->
        [one] خلال ساعة
        [two] خلال ساعتين
        [few] خلال { $n } ساعات
        [many] خلال { $n } ساعة
       *[other] خلال { $n } ساعة
    }
promise-title = بماذا نعدك
promise-time-title = موعد تعرفه قبل أن تحجز
promise-time-text = إن تأخّر الفنّي عن وعدنا، يعود إليك جزء من قيمة الخدمة تلقائيًا.
promise-money-title = مبلغ محجوز لا مخصوم
promise-money-text = نحجز المبلغ في بطاقتك، ولا يُخصم إلا بعد أن تقبل العمل.
promise-extra-title = لا تكلفة بلا موافقتك
promise-extra-text = أي قطعة إضافية تراها بإيصالها المصوّر، والقرار لك.
category-title = القسم
category-unknown = لا يوجد قسم بهذا الاسم
category-not-served = هذا القسم غير متاح في حيّك بعد. غيّر المكان، أو تصفّح ما نقدّمه فيه.
category-promise = يصل الفنّي { $within } إلى حيّ { $sector }

### A service
service-title = الخدمة
service-unknown = لا توجد خدمة بهذا الاسم
service-options = ماذا تحتاج معها؟
service-quantity = العدد
service-where = أين؟
service-no-place = لم تحدّد المكان بعد
service-set-place = حدّد المكان
service-sign-in = سجّل الدخول لتثبيت السعر
service-continue = متابعة إلى الدفع
option-price = + { $price }
option-minutes =
    { $n ->
        [one] يزيد دقيقة
        [two] يزيد دقيقتين
        [few] يزيد { $n } دقائق
        [many] يزيد { $n } دقيقة
       *[other] يزيد { $n } دقيقة
    }
quantity-less = أنقص العدد
quantity-more = زد العدد
when-title = متى؟
when-now = الآن
when-slot = في موعد
when-day = اليوم
when-hour = الساعة
slot-window = { $day }، { $window }
price-title = السعر
price-held-until = ثابت حتى { $time }
price-list-title = السعر حسب القائمة
price-list-hint = السعر النهائي والموعد المضمون يظهران بعد تحديد المكان وتسجيل الدخول. قد تُضاف رسوم الخدمة العاجلة خارج ساعات العمل.
line-visit = رسوم الزيارة والفحص
line-platform-fee = رسوم المنصة
why-platform-fee = ثابتة لكل حجز: الضمان والمتابعة وحفظ المبلغ
why-visit = وصول الفنّي وفحصه، وإن لم يلزم إصلاح
why-surcharge = لأنك طلبت فنّيًا الآن خارج ساعات العمل
why-material = وافقت عليها أثناء الزيارة
promise-now = يصل الفنّي قبل { $time }.
promise-slot = موعدك { $window }، ويصل الفنّي قبل { $time }.
promise-remedy = إن تأخّر، يعود إليك { $percent }% من قيمة الخدمة تلقائيًا.
quote-renewed = انتهى السعر المثبّت { $time }. السعر الآن { $price }.
quote-ended = انتهى وقت هذا السعر. اطلبه من جديد، ولن يتغيّر شيء في طلبك.
quote-again = اطلب السعر من جديد

### Checkout and cards
checkout-title = مراجعة وحجز
checkout-what = ما تحجزه
checkout-held-title = لن نخصم شيئًا الآن.
checkout-held-text = نحجز المبلغ في بطاقتك، ولا يُخصم إلا بعد أن تقبل العمل. أي قطعة إضافية تحتاج موافقتك أولًا.
checkout-book = احجز واحفظ المبلغ
pay-method = طريقة الدفع
pay-new-card = بطاقة جديدة
pay-other-card = بطاقة أخرى
pay-again = جرّب هذه البطاقة
pay-hold = احجز { $amount } في البطاقة
pay-now-text = حجزك محفوظ دقائق قليلة وينتظر بطاقتك. لم يُخصم شيء.
card-number = رقم البطاقة
card-number-missing = اكتب رقم البطاقة.
card-number-short = رقم البطاقة ناقص.
card-number-wrong = في رقم البطاقة خطأ. راجع الأرقام.
card-name = الاسم على البطاقة
card-name-missing = اكتب الاسم كما يظهر على البطاقة.
card-expiry = تاريخ الانتهاء
card-expiry-wrong = اكتب الشهر والسنة، مثل 08 / 29.
card-expired = انتهت صلاحية هذه البطاقة.
card-cvc = رمز الأمان
card-cvc-wrong = اكتب رمز الأمان من { $count } أرقام.
card-save = احفظ البطاقة للمرة القادمة
card-goes-to-gateway = رقم البطاقة يذهب إلى بوّابة الدفع مباشرة، ولا يمرّ بنا ولا نحفظه.
card-of = بطاقة { $brand }
card-ending = { $brand } تنتهي بـ { $digits }
return-title = نتحقّق من الدفع
return-waiting-title = البنك لم يجب بعد
return-waiting-text = إن أكملت التحقّق في صفحة البنك، فاسأل من جديد بعد لحظات. لا يُحجز المبلغ مرتين.
return-ask-again = اسأل البنك من جديد
return-declined-title = البنك رفض الحجز
return-to-booking = إلى الحجز

### Where things stand
the-technician = الفنّي
track-title = الحجز
head-awaiting-payment = بقي الدفع
head-looking = نبحث عن فنّيك
head-scheduled = موعدك { $window }
head-assigned = قبِل { $name } طلبك، ويصل نحو { $time }
head-assigned-no-eta = قبِل { $name } طلبك
head-assigned-slot = { $name } يأتيك { $window }
head-en-route = { $name } في الطريق، يصل نحو { $time }
head-en-route-no-eta = { $name } في الطريق إليك
head-arrived = وصل { $name }
head-working = { $name } يعمل الآن
head-approval = { $name } ينتظر قرارك
head-acceptance = انتهى العمل. هل يرضيك؟
head-done = تمّت الزيارة
head-cancelled = أُلغي الحجز
head-expired = انتهى الحجز بلا زيارة
head-disputed = حجزك قيد المراجعة
eta-around = يصل نحو
minutes-away =
    { $n ->
        [one] الفنّي على بُعد دقيقة
        [two] الفنّي على بُعد دقيقتين
        [few] الفنّي على بُعد { $n } دقائق
        [many] الفنّي على بُعد { $n } دقيقة
       *[other] الفنّي على بُعد { $n } دقيقة
    }
line-booked = حُجز { $time }
line-promised = وعدنا: قبل { $time }
line-slot = موعدك { $time }
line-done-by = وعدنا: تنتهي قبل { $time }
line-paused = الوقت متوقّف حتى تقرّر.
map-stale = آخر موقع وصلنا لـ{ $name } كان { $time }

### The visit
technician-title = الفنّي
technician-of = { $vendor }، هويّة موثّقة
rating-of = التقييم
visits =
    { $n ->
        [one] زيارة واحدة
        [two] زيارتان
        [few] { $n } زيارات
        [many] { $n } زيارة
       *[other] { $n } زيارة
    }
code-title = رمز الإتمام
code-text = أعطِه للفنّي بعد أن ترضى عن العمل، لا قبل.
code-spoken = الرمز { $digits }
accept-work = أقبل العمل
accept-hint = يُخصم المبلغ بعد قبولك. وإن لم تقل شيئًا، يُقبل العمل بعد 24 ساعة.
arrival-question = هل وصل { $name }؟
arrival-text = إن كان عندك ولم يتعرّف هاتفه على المكان، فأكّد وصوله من هنا.
arrival-confirm = نعم، وصل
story-title = قصّة الزيارة
story-confirmed = حُجز وحُفظ المبلغ
story-confirmed-sub = { $amount } محجوزة في بطاقتك، ولم تُخصم
story-assigned = قبِل { $name } الطلب
story-en-route = { $name } في الطريق إليك
story-arrived = وصل { $name }
story-started = بدأ { $name } العمل
story-finished = أنهى { $name } العمل
story-accepted = قبلت العمل
story-accepted-sub = شكرًا لثقتك
story-settled = خُصم المبلغ
story-settled-sub = { $amount } من بطاقتك
story-cancelled = أُلغي الحجز
story-cancelled-free = بلا رسوم، والمبلغ عاد إلى بطاقتك
story-cancelled-fee = رسم الإلغاء { $amount }، والباقي عاد إلى بطاقتك
story-expired = انتهى الحجز
story-expired-sub = لم يُخصم شيء
story-disputed = الحجز قيد المراجعة
story-failed = تعذّرت الزيارة
story-extra-approved = وافقت على التكلفة الإضافية
story-extra-declined = رفضت التكلفة الإضافية
story-card-declined = البنك رفض الحجز
story-card-declined-sub = لم يُخصم شيء
story-given-back = اعتذر الفنّي
story-given-back-sub = نبحث لك عن غيره في الحال
story-escalated = مشرفنا يبحث بنفسه
story-escalated-sub = لم يقبل فنّي بعد، ونخبرك بما يستجدّ
story-slipping =
    { $n ->
        [one] قد يتأخّر الوصول دقيقة عن وعدنا
        [two] قد يتأخّر الوصول دقيقتين عن وعدنا
        [few] قد يتأخّر الوصول { $n } دقائق عن وعدنا
        [many] قد يتأخّر الوصول { $n } دقيقة عن وعدنا
       *[other] قد يتأخّر الوصول { $n } دقيقة عن وعدنا
    }
story-late = تأخّر { $name } عن وعدنا
story-remedy = يعود إليك { $amount }
todo-payment = الدفع
todo-technician = اختيار الفنّي
todo-arrival = الوصول والتحقّق من المكان
todo-work = العمل
todo-acceptance = قبولك للعمل
outcome-cancelled-free = أُلغي الحجز بلا رسوم، وما كان محجوزًا عاد إلى بطاقتك.
outcome-cancelled-fee = خُصم رسم الإلغاء { $amount }، وعاد الباقي إلى بطاقتك.
outcome-expired = لم يُخصم شيء. إن كنت ما زلت تحتاج الخدمة، فاحجز من جديد.
outcome-remedy = تأخّرنا عن وعدنا، فيعود إليك { $amount }.
cancel-open = إلغاء الحجز
cancel-title = تلغي الحجز؟
cancel-nothing-held = لم يُحجز شيء في بطاقتك بعد، والإلغاء بلا رسوم.
cancel-free = الإلغاء الآن بلا رسوم، ويعود إليك { $amount }.
cancel-fee = رسم الإلغاء الآن { $fee }، ويعود إليك { $rest }.
cancel-not-now = بدأ العمل، فلم يعد الإلغاء ممكنًا من هنا.
cancel-keep = أبقِ الحجز
cancel-do = ألغِ الحجز
cancel-done = أُلغي الحجز
extra-title = تكلفة إضافية
extra-asks = { $name } يحتاج قطعًا بقيمة { $amount }
extra-clock-stands = العمل متوقّف حتى تقرّر، والوقت لا يُحسب عليه.
extra-review = راجع التكلفة وقرّر
extra-photo = صورة الإيصال كما أرسلها الفنّي
extra-photo-alt = صورة إيصال القطع. اضغط لفتحها كاملة
extra-held = يُحجز هذا المبلغ في بطاقتك، ولا يُخصم إلا بعد أن تقبل العمل.
extra-approve = أوافق على { $amount }
extra-decline = أرفض
extra-decline-hint = إن رفضت، يكمل الفنّي ما يمكن دون هذه القطع.
extra-approved-toast = وافقت، ويكمل الفنّي العمل
extra-declined-toast = رفضت، ويكمل الفنّي دونها
rate-question = كيف كانت زيارة { $name }؟
rate-given = تقييمك
rate-tags = ما الذي لفت نظرك؟
rate-comment = كلمة للفنّي
rate-send = أرسل التقييم
rate-thanks = وصل تقييمك
tag-on-time = في الموعد
tag-tidy = عمل نظيف
tag-skilled = متمكّن
tag-polite = مهذّب
tag-late = تأخّر
tag-untidy = ترك فوضى
tag-not-fixed = لم يُحلّ الخلل
tag-unclear-price = السعر غير واضح

### Receipt and bookings
receipt-link = الإيصال
receipt-title = الإيصال
receipt-vat-number = الرقم الضريبي
receipt-held = محجوز، ولم يُخصم
receipt-charged = خُصم
receipt-returned = أُعيد كلّه
receipt-nothing = لم يُحجز شيء
receipt-remedy = أُعيد إليك لتأخّرنا
receipt-remedy-why = لأن الوصول كان بعد الموعد المضمون
receipt-qr = رمز هيئة الزكاة والضريبة والجمارك
receipt-print = اطبع أو احفظ
bookings-title = حجوزاتي
bookings-open = المفتوحة
bookings-past = السابقة
bookings-more = اعرض المزيد
bookings-empty-title = لا حجوزات بعد
bookings-empty-text = حين تحجز، تتابع الفنّي والوعد والمبلغ من هنا.
bookings-empty-action = تصفّح الخدمات
bookings-signed-out-title = حجوزاتك في حسابك
bookings-signed-out-text = سجّل الدخول برقم جوالك لتراها على هذا الجهاز.
day-and-time = { $day }، { $time }

### Signing in
sign-in-action = تسجيل الدخول
sign-in-title = تسجيل الدخول
sign-in-text = اكتب رقم جوالك، ونرسل إليك رمزًا في رسالة.
sign-in-terms = الرقم لتأكيد حجوزاتك ومتابعتها فقط. لا نعطيه للفنّي.
phone-label = رقم الجوال
phone-wrong = اكتب رقم جوال سعوديًا، مثل 0501234567.
phone-send = أرسل الرمز
code-title-sign-in = اكتب الرمز
code-sent-to = أرسلناه إلى
code-check = دخول
code-again = أرسل رمزًا جديدًا
code-again-in =
    { $n ->
        [one] يمكنك طلب رمز جديد بعد ثانية
        [two] يمكنك طلب رمز جديد بعد ثانيتين
        [few] يمكنك طلب رمز جديد بعد { $n } ثوانٍ
        [many] يمكنك طلب رمز جديد بعد { $n } ثانية
       *[other] يمكنك طلب رمز جديد بعد { $n } ثانية
    }
name-title = ما اسمك؟
name-text = يناديك به الفنّي عند الوصول.
name-label = الاسم
name-missing = اكتب اسمك.
name-save = حفظ
name-later = لاحقًا

### Before one begins
begin-title = قبل أن تبدأ
begin-text = نصّان قصيران يقولان ما لك وما عليك. يُفتح كلٌّ منهما في صفحة جديدة.
begin-changed-title = تغيّرت نصوصنا
begin-changed-text = منذ وافقت آخر مرة تغيّر ما يلي. اقرأه قبل أن تتابع.
begin-terms = الحجز والسعر والدفع والإلغاء، وما يحقّ لك.
begin-notice = ما نحفظه عنك، ولماذا، وإلى متى، ومن يراه.
begin-version = النسخة { $version }
begin-agree-both = أوافق على شروط الاستخدام، واطّلعت على إشعار الخصوصية.
begin-agree-terms = أوافق على شروط الاستخدام.
begin-agree-notice = اطّلعت على إشعار الخصوصية.
begin-agree-missing = ضع العلامة أولًا، ثم نتابع.
begin-offers-text = اختياري. توقفها متى شئت من «بياناتك» في حسابك.
begin-do = أوافق وأتابع
opens-beside = يُفتح في صفحة جديدة

### Account
account-title = حسابي
account-signed-out = سجّل الدخول لترى حجوزاتك وأماكنك وبطاقاتك المحفوظة.
account-no-name = لم تكتب اسمك بعد
account-keep-name = تراجع
account-look = العرض
account-language = اللغة
account-theme = المظهر
theme-auto = كالجهاز
theme-light = فاتح
theme-dark = داكن
account-places = أماكني
account-no-places = لا أماكن محفوظة. احفظ منزلك مرة، واحجز إليه بضغطة.
account-add-place = أضف مكانًا
account-cards = بطاقاتي
account-no-cards = لا بطاقات محفوظة. تُحفظ البطاقة عند الدفع إن اخترت ذلك.
account-devices = أجهزتي
account-devices-text = حيث حسابك مفتوح. أخرج كل جهاز لا تعرفه.
account-app = التطبيق
account-install = لتجده بين تطبيقاتك، افتح قائمة المتصفّح واختر «إضافة إلى الشاشة الرئيسية».
account-update = حدّث إلى النسخة الجديدة
account-version = النسخة
sign-out = تسجيل الخروج

### Your data
data-title = بياناتك
data-sub = نسخة منها، وتصحيحها، وموافقاتك، وحذف الحساب
data-intro = ما نحفظه عنك لك: خذ نسخة منه، أو صحّحه، أو احذف حسابك. نجيب عن كل طلب خلال 30 يومًا.
consents-title = موافقاتك
consent-terms = شروط الاستخدام
consent-notice = إشعار الخصوصية
consent-marketing = رسائل العروض
consent-marketing-text = رسائل حجوزاتك تصلك في كل حال.
consent-agreed = وافقت { $day }، النسخة { $version }
consent-told = اطّلعت عليه { $day }، النسخة { $version }
consent-stopped = أوقفتها { $day }
consent-never = لم توافق عليها
consent-not-answered = لم تُجب بعد
consent-on = تصلك رسائل العروض من الآن
consent-off = لن تصلك رسائل العروض
copy-title = نسخة من بياناتك
copy-text = ملفّ مضغوط فيه كل ما نحفظه عنك، يقرؤه الناس والبرامج.
copy-ask = اطلب نسخة
copy-gathering = نجمع بياناتك الآن
copy-gathering-text = تظهر النسخة هنا حين تجهز. لا حاجة إلى الانتظار في هذه الصفحة.
copy-by-hand = نسختك أكبر من المعتاد. يتولاها فريقنا ويجيبك في المهلة.
copy-ready = نسختك جاهزة، { $size }
copy-until = تبقى حتى { $when }
copy-download = نزّل النسخة
copy-newer = اطلب نسخة أحدث
correction-title = معلومة غير صحيحة؟
correction-text = ما لا تستطيع تغييره في التطبيق نصحّحه لك.
correction-open = اطلب تصحيحًا
correction-dialog = ما الذي نصحّحه؟
correction-field = ما الخطأ، وما الصحيح؟
correction-hint = اذكر المعلومة كما تراها، ثم كما يجب أن تكون.
correction-missing = اكتب ما نصحّحه.
correction-send = أرسل الطلب
correction-keep = تراجع
correction-sent = وصلنا طلبك
correction-waits = وصلنا طلبك، ونجيبك قبل { $day }.
delete-title = حذف الحساب
delete-text = ترى أولًا ما يُحذف وما يبقى. لا يبدأ شيء قبل أن تؤكّد.
delete-open = انظر ما يعنيه الحذف
delete-grace-title =
    { $n ->
        [one] لك يوم للتراجع
        [two] لك يومان للتراجع
        [few] لك { $n } أيام للتراجع
        [many] لك { $n } يومًا للتراجع
       *[other] لك { $n } يوم للتراجع
    }
delete-grace-text = يعمل حسابك كما هو طوال هذه المدة، وتوقف الحذف بضغطة.
delete-gone-title = ثم نحذف ما يخصّك
delete-gone-text = اسمك ورقمك، وأماكنك وبطاقاتك المحفوظة، وأجهزتك، والرسائل بيننا، ورصيد محفظتك إن بقي. ولا رجعة بعدها.
delete-stays-title = ويبقى ما يُلزمنا النظام بحفظه
delete-stays-text = فواتيرك وما تستند إليه ست سنوات، ودفتر المبالغ وليس فيه اسمك، وسجلّ ما طلبته ووافقت عليه. وما هو لغيرك أيضًا، كتقييماتك، يبقى بلا اسم.
delete-phone-title = ويتحرّر رقمك
delete-phone-text = تفتح به حسابًا جديدًا متى شئت، ولا يعرف شيئًا عن هذا.
against-title = ما يجب أن ينتهي أولًا
against-none = لا شيء يمنع الحذف الآن.
against-text = يمكنك أن تطلب الحذف الآن، ونبدأ حين ينتهي هذا.
obstacle-booking = لك زيارة لم تنتهِ بعد
obstacle-booking-do = أتمّها، أو ألغها من حجوزاتك.
obstacle-money = لك مبلغ محجوز أو مستحقّ
obstacle-money-do = يُخصم أو يعود إلى بطاقتك حين تُسوّى الزيارة. لا يلزمك شيء.
obstacle-refund = مبلغ في طريقه إلى بطاقتك
obstacle-refund-do = يكمله بنكك خلال أيام، ثم نتابع.
obstacle-work = هذا الحساب يعمل معنا
obstacle-work-do = أنهِ العمل أولًا مع مزوّدك أو معنا، ثم عُد إلى هنا.
delete-ask = احذف حسابي
delete-question = تحذف حسابك؟
delete-when =
    { $n ->
        [one] نبدأ بعد يوم، وتوقفه قبلها متى شئت. بعد ذلك لا رجعة.
        [two] نبدأ بعد يومين، وتوقفه قبلها متى شئت. بعد ذلك لا رجعة.
        [few] نبدأ بعد { $n } أيام، وتوقفه قبلها متى شئت. بعد ذلك لا رجعة.
        [many] نبدأ بعد { $n } يومًا، وتوقفه قبلها متى شئت. بعد ذلك لا رجعة.
       *[other] نبدأ بعد { $n } يوم، وتوقفه قبلها متى شئت. بعد ذلك لا رجعة.
    }
delete-sure = أفهم أن بياناتي تُحذف ولا تعود.
delete-sure-missing = ضع العلامة أولًا، ليكون قرارك مؤكّدًا.
delete-keep = أبقِ حسابي
delete-do = احذف الحساب
delete-asked = وصلنا طلب الحذف
leaving-title = طلبت حذف حسابك
leaving-text = يبدأ الحذف { $when }. حتى ذلك الوقت يعمل حسابك كما هو، ولك أن تبقيه.
leaving-blocked = ننتظر أن ينتهي ما يلي، ثم نبدأ وحدنا. ولك أن تبقي حسابك.
leaving-running = بدأ الحذف، ولم يعد يمكن إيقافه.
leaving-kept = حسابك باقٍ كما هو
requests-title = طلباتك
requests-none = لم تطلب شيئًا بعد.
request-received = وصلنا { $day }
request-due = نجيبك قبل { $day }
request-ended = انتهى { $day }
request-text = ما كتبته
request-extended = نحتاج وقتًا أطول
request-answer = جوابنا
request-back = تراجع عن الطلب
request-back-done = تُرك الطلب

### Proving it is oneself
prove-title = أكّد أنك أنت
prove-text = نرسل رمزًا إلى رقمك. بعده يُنفَّذ ما طلبته وحده.
prove-sent = أرسلنا الرمز إلى رقمك. اكتبه هنا.
prove-do = تابع
prove-not-now = ليس الآن
