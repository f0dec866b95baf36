# The console's words. Arabic is written first.

brand = خدمة
skip = انتقل إلى المحتوى
close = أغلق
list-comma = {"، "}
riyals = ر.س
other-language = English

# Frame
rail = الأقسام
nav-console = المتابعة
nav-bookings = الحجوزات
nav-gallery = المعرض
nav-profile = ملفّي
command-field = ابحث أو نفّذ أمرًا
live = مباشر
live-connecting = يعيد الاتصال منذ { $since }
live-offline = بلا اتصال منذ { $since }
scope-title = نطاقك
me = ملفّي، { $name }
lost-title = لا توجد صفحة هنا
lost-text = قد يكون الرابط قديمًا، أو نُقلت الصفحة.
lost-back = إلى المتابعة
gallery-only-development = المعرض في بيئة التطوير فقط.

# Sign-in
sign-in-title = دخول الموظفين
sign-in-hint = للمشرفين والمراجعين والماليين. العملاء والفنّيون يدخلون من تطبيقهم. نسيت كلمة المرور أو ضاع جوالك؟ اطلب رابطًا من المسؤول.
sign-in-email = البريد الإلكتروني
sign-in-email-missing = اكتب بريدك في العمل.
sign-in-password = كلمة المرور
sign-in-password-missing = اكتب كلمة المرور.
sign-in = ادخل
sign-in-passkey = ادخل بمفتاح المرور
sign-in-help = لا تستطيع الدخول؟ اطلب من مسؤول النظام.
sign-out = تسجيل الخروج

# Console
console-title = المتابعة الحيّة
console-not-yours = المتابعة الحيّة ليست ضمن صلاحياتك
console-not-yours-text = إن احتجتها في عملك فاطلبها من مسؤول النظام.
panes = أجزاء المتابعة
pane-queue = الطابور
pane-map = الخريطة
pane-job = العمل المختار
strip = حالة الوعود الآن
unassigned = بلا فنّي
on-shift = فنّيون في الخدمة
sla-paused = متوقفة
clock-respond = الإسناد
clock-arrive = الوصول
clock-complete = الإتمام
paused-customer = متوقفة بانتظار العميل
paused-approval = متوقفة بانتظار موافقة العميل
paused-parts = متوقفة بانتظار قطعة

# Queue
queue-title = الطابور حسب الخطر
queue-search = ابحث في الطابور
queue-held = ترتيب جديد ينتظر. حدّث الآن
queue-empty = لا أعمال مفتوحة الآن
queue-empty-text = حين يُحجز عمل في نطاقك يظهر هنا مع ساعته.
queue-none = لا عمل بهذه التصفية الآن
queue-none-text = { $n ->
    [zero] لا أعمال ضمن الوعد.
    [one] عمل واحد ضمن الوعد.
    [two] عملان ضمن الوعد.
    [few] { $n } أعمال ضمن الوعد.
    [many] { $n } عملًا ضمن الوعد.
   *[other] { $n } عمل ضمن الوعد.
}
col-left = الباقي
col-clock = الساعة
col-service = الخدمة
col-place = الحي
col-state = الحالة
col-technician = الفنّي
col-reference = الرقم
col-slot = الموعد
col-created = أُنشئ
col-seen = آخر إشارة
col-job = العمل
filter = تصفية
filter-sla = الوعد
filter-zone = المنطقة
filter-category = الفئة
filter-clear = امسح التصفية
views = العروض المحفوظة
view-all = الكل
view-needs = متأخر أو في خطر
view-unassigned = بلا فنّي
view-name = اسم العرض
view-save = احفظ العرض
view-drop = احذف العرض «{ $name }»
also-here = هنا أيضًا: { $names }
escalated = صُعِّد إليك

# Alarms
alarms = التنبيهات
alarms-more = { $n ->
    [one] أظهر تنبيهًا آخر
    [two] أظهر تنبيهين آخرين
    [few] أظهر { $n } تنبيهات أخرى
    [many] أظهر { $n } تنبيهًا آخر
   *[other] أظهر { $n } تنبيه آخر
}
alarms-none = لا تنبيه ينتظر أحدًا.
acknowledge = إقرار
sound = صوت
alarm-breach = { $place }: تأخّر { $clock } { $minutes ->
    [zero] الآن
    [one] دقيقة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
}، لم يُقرّ به
alarm-predicted = { $place }: يُتوقّع تأخّر { $clock } { $minutes ->
    [one] دقيقة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
}
alarm-warning = { $place }: اقترب وعد { $clock }، آخره { $due }
alarm-raised = منذ { $at }
alarm-taken = استلمت التنبيه. يراه زملاؤك باسمك.
alarm-snoozed = أُجّل التنبيه إلى { $until }
snooze-for = { $n ->
    [one] أجّل دقيقة
    [two] أجّل دقيقتين
    [few] أجّل { $n } دقائق
    [many] أجّل { $n } دقيقة
   *[other] أجّل { $n } دقيقة
}

# Map
map-label = خريطة الأحياء والفنّيين والأعمال
map-as-list = كقائمة
map-list = الفنّيون على الخريطة
map-list-none = لا فنّي في الخدمة الآن. من يبدأ نوبته يظهر هنا خلال ثوانٍ.
legend = دليل الخريطة
legend-job = عمل بحالة وعده
legend-radius = نطاق البحث
dot-free = متاح
dot-busy = مشغول
dot-stale = موقع قديم
dot-offline = خارج الخدمة
seen-at = موقعه { $at }
seen-last = آخر إشارة { $at }
zoom-in = قرّب
zoom-out = بعّد

# Job
job-none = اختر عملًا
job-none-text = من الطابور أو من الخريطة: ترى هنا من يستطيعه، وما جرى فيه، ومن تتصل به.
job-over = انتهت هذه الزيارة وخرجت من الطابور.
tab-candidates = المرشّحون
tab-story = القصّة
tab-price = السعر
tab-people = الأطراف
due = { $clock } قبل { $at }
was-due = كان { $clock } قبل { $at }
eta = المتوقّع { $at }
clock-by = قبل { $at }
clock-met = تمّ { $at }، والوعد { $due }
clock-late = تأخّر إلى { $at }، والوعد { $due }
clock-cancelled = أُلغيت
escalated-at = صُعِّد إليك { $at }.
escalated-no-candidates = لا فنّي يصلح له الآن.
escalated-refusals = لم يأخذه من عُرض عليهم.
escalated-respond-warning = اقترب وعد الإسناد ولم يأخذه أحد.
refusals = { $n ->
    [one] عرض واحد بلا قبول.
    [two] عرضان بلا قبول.
    [few] { $n } عروض بلا قبول.
    [many] { $n } عرضًا بلا قبول.
   *[other] { $n } عرض بلا قبول.
}

# Candidates
candidates-at = الترتيب كما هو { $at }، والبحث حتى { $radius }
candidates-none = لا أحد يستطيعه الآن دون تنبيه. انظر المستبعدين وأسبابهم.
candidates-out = مستبعدون، ولماذا
candidates-more = { $n ->
    [one] أظهر مستبعدًا آخر
    [two] أظهر مستبعدَين آخرين
    [few] أظهر { $n } مستبعدين آخرين
    [many] أظهر { $n } مستبعدًا آخر
   *[other] أظهر { $n } مستبعد آخر
}
candidates-over = الفنّي عند العميل أو انتهت الزيارة، فلا يُسند العمل إلى غيره.
assign = أسنِد
reassign = أعد الإسناد
assign-to = أسنِد إلى { $name }
reassign-to = أعد الإسناد إلى { $name }
assigned-to = أُسند إلى { $name }
assign-note = يصل الفنّي إشعار فورًا. لا يُلغى الإسناد إلا بإسناد آخر.
has-it = العمل معه الآن
score = مجموع النقاط
speaks-for = له:
speaks-against = عليه:
score-arrival = وصول
score-travel = طريق
score-skill = مهارة
score-quality = جودة
score-workload = عبء
score-fairness = عدالة
score-coverage = تغطية
score-preferred = تفضيل
score-tier = مزوّد
score-position = موقع
why-off-shift = خارج الخدمة الآن
why-busy = لديه عمل في هذا الوقت، أو لا يلحق عمله التالي
why-offer-open = ينظر في عرض آخر
why-no-position = لا موقع حديث له
why-outside-radius = أبعد من نطاق البحث، وغيره أقرب
why-declined-before = اعتذر عن هذا العمل أو فاته عرضه
why-released-before = كان العمل معه وتركه
why-too-late = يصل بعد الوعد
why-matched-elsewhere = أنفع للجميع في عمل آخر
why-ranked-lower = يستطيعه، وغيره أفضل
why-preferred = طلبه العميل بعينه
why-position-old = موقعه قديم، والوقت تقدير
why-coverage = يترك حيّه بلا تغطية كافية
why-workload = لديه أعمال كثيرة اليوم
arrives = يصل { $at }
arrives-before = يصل { $at }، { $n ->
    [zero] على الوعد تمامًا
    [one] قبل الوعد بدقيقة
    [two] قبل الوعد بدقيقتين
    [few] قبل الوعد بـ { $n } دقائق
    [many] قبل الوعد بـ { $n } دقيقة
   *[other] قبل الوعد بـ { $n } دقيقة
}
arrives-after = يصل { $at }، { $n ->
    [one] بعد الوعد بدقيقة
    [two] بعد الوعد بدقيقتين
    [few] بعد الوعد بـ { $n } دقائق
    [many] بعد الوعد بـ { $n } دقيقة
   *[other] بعد الوعد بـ { $n } دقيقة
}
drives = على بُعد { $distance }، { $n ->
    [one] دقيقة بالسيارة
    [two] دقيقتان بالسيارة
    [few] { $n } دقائق بالسيارة
    [many] { $n } دقيقة بالسيارة
   *[other] { $n } دقيقة بالسيارة
}
reason = سبب الإسناد اليدوي
reason-is = السبب: { $reason }
reason-choose = اختر السبب
reason-missing = اختر سبب الإسناد أو اكتبه، فهو يُحفظ مع القرار.
reason-nearest = تصعيد، الأقرب
reason-customer = طلبه العميل
reason-late = الفنّي السابق سيتأخر
reason-skill = مهارته أنسب
reason-other = سبب آخر
reason-write = اكتب السبب

# Story
told-by = { $who }
told-booking = الحجز: { $state }
told-job = الزيارة: { $state }
told-payment = طُلب حجز المبلغ
told-payment-declined = رفض البنك حجز المبلغ
told-breached = تجاوزنا الوعد
told-slipping = يُتوقّع تجاوز الوعد
told-given-back = أعاد الفنّي العمل
told-extra-asked = تكلفة إضافية تنتظر العميل
told-extra-approved = تكلفة إضافية وافق عليها العميل
told-extra-declined = تكلفة إضافية رفضها العميل
told-offer = عُرض على { $name }
told-offer-until = حتى { $until }، الجولة { $round }
told-offer-closed = { $name }: { $what }
told-assigned = أُسند إلى { $name }
told-released = { $name }: { $what }
told-round = قرار الجولة { $round }
told-round-sub = { $n ->
    [zero] بلا مرشّحين
    [one] مرشّح واحد
    [two] مرشّحان
    [few] { $n } مرشّحين
    [many] { $n } مرشّحًا
   *[other] { $n } مرشّح
} حتى { $radius }، { $matched ->
    [one] وعمل واحد في الجولة
    [two] وعملان في الجولة
    [few] و{ $matched } أعمال في الجولة
    [many] و{ $matched } عملًا في الجولة
   *[other] و{ $matched } عمل في الجولة
}
told-alarm-breach = تنبيه: تجاوز الوعد
told-alarm-predicted = تنبيه: يُتوقّع التأخر
told-alarm-warning = تنبيه: اقترب الوعد
told-alarm-taken = أُقرّ بالتنبيه
offer-open = ينظر في العرض
offer-accepted = قبل العرض
offer-declined = اعتذر عن العرض
offer-expired = انتهت مهلة العرض
offer-withdrawn = سُحب العرض
outcome-completed = أتمّ الزيارة
outcome-reassigned = نُقل العمل إلى غيره
outcome-requeued = عاد العمل إلى الطابور
outcome-withdrawn = سُحب العمل
person-you = أنت
person-colleague = زميل
postings = قيود الدفتر
account = الحساب
amount-riyals = المبلغ (ر.س)
entry-capture = خُصم المبلغ
entry-split = قُسم المبلغ
entry-gateway-fee = رسوم بوابة الدفع
entry-cancellation-fee = رسم الإلغاء
entry-credit = رصيد للعميل عن التأخر
entry-penalty = خصم على المزوّد عن التأخر
entry-vendor-release = أُتيح نصيب المزوّد

booking-awaiting-payment = بانتظار الدفع
booking-confirmed = مؤكّد
booking-in-service = قيد الخدمة
booking-awaiting-acceptance = بانتظار القبول
booking-accepted = مقبول
booking-settled = مُسوّى
booking-cancelled = ملغى
booking-expired = منتهٍ
booking-disputed = عليه شكوى

# Price
price-materials = مواد إضافية
price-materials-why = وافق عليها العميل بإيصالها، ولا عمولة عليها.
price-extras = التكاليف الإضافية
line-platform-fee = رسم ثابت للمنصّة
line-visit = المعاينة والحضور
line-surcharge = لأنه فوري أو خارج أوقات العمل
line-benefit = خصم من عضوية العميل
money-where = أين المال
money-held = محجوز على البطاقة
money-charged = خُصم
money-returned = أُعيد
money-fee = رسم الإلغاء
money-remedy = عاد إلى العميل عن التأخر
money-none = لم يُحجز شيء
money-is-held = محجوز، ولم يُخصم
money-is-charged = خُصم
money-is-returned = أُعيد كله

# People
customer-side = العميل
customer-since = معنا منذ { $date }
customer-bookings = { $n ->
    [zero] بلا حجوزات
    [one] حجز واحد
    [two] حجزان
    [few] { $n } حجوزات
    [many] { $n } حجزًا
   *[other] { $n } حجز
}
no-name = بلا اسم بعد
erased-account = حساب محذوف
vendor-side = الفنّي والمزوّد
vendor-none = لا فنّي لهذا العمل بعد.
vendor-tier = الفئة: { $tier }
vendor-paused = موقوف
tier-basic = أساسية
tier-growth = نموّ
tier-premium = مميّزة
on-shift-now = في الخدمة الآن

# Cancelling
cancel = إلغاء
cancel-title = تلغي الحجز؟
cancel-fee = يدفع العميل
cancel-returned = يعود إلى بطاقته
cancel-too-late = فات وقت الإلغاء: العمل بدأ أو انتهى الحجز.
cancel-reason = سبب الإلغاء
cancel-reason-missing = اكتب السبب، فهو يُحفظ مع الإلغاء.
cancel-final = لا رجوع بعد الإلغاء. يصل العميل والفنّي إشعار.
cancel-keep = أبقِه
cancel-do = ألغِ الحجز
cancelled = أُلغي الحجز { $reference }

# Bookings
bookings-none = لا حجوزات بهذه الحالة
bookings-none-text = اختر حالة أخرى.
bookings-shown = { $n ->
    [zero] لا حجوزات
    [one] حجز واحد في الصفحة
    [two] حجزان في الصفحة
    [few] { $n } حجوزات في الصفحة
    [many] { $n } حجزًا في الصفحة
   *[other] { $n } حجز في الصفحة
}
slot-now = فوري
made-at = أُنشئ { $when }
open-in-console = افتح في المتابعة
pages = الصفحات
first-page = الصفحة الأولى
next-page = الصفحة التالية

# Palette
command-light = المظهر الفاتح
command-dark = المظهر الداكن
group-pages = الصفحات
group-views = العروض
group-zones = المناطق
group-actions = الأوامر
group-jobs = الأعمال

# Profile
profile-language = اللغة
profile-theme = المظهر
profile-density = الكثافة
theme-auto = كالجهاز
theme-light = فاتح
theme-dark = داكن
density-compact = مكثّفة
density-comfortable = مريحة
role-dispatcher = مشرف متابعة
role-kyc-reviewer = مراجع وثائق
role-moderator = مشرف محتوى
role-finance-officer = موظف مالي
role-operations-manager = مدير عمليات
role-administrator = مسؤول النظام
role-auditor = مدقّق
role-other = مستخدم

# Keys
keys-title = مفاتيح لوحة المفاتيح
keys-note = الحروف تعمل حين لا تكتب في حقل، بالعربية والإنجليزية. غيّرها من ملفّك.
keys-off-note = مفاتيح الحروف موقوفة. شغّلها من ملفّك.
keys-on-hint = حروف مفردة تعمل حين لا تكتب في حقل.
keys-change = { $what }: { $key }. غيّر المفتاح
keys-press = اضغط المفتاح
keys-reset = أعد المفاتيح الأصلية
key-palette = قائمة الأوامر
key-help = كل المفاتيح
key-next = العمل التالي
key-previous = العمل السابق
key-arrows = العمل التالي والسابق
key-open = افتح العمل
key-back = عُد إلى الطابور
key-search = ابحث
key-filter = صفِّ
key-acknowledge = أقرّ بالتنبيه
key-go = اذهب إلى
key-go-queue = إلى الطابور
key-go-map = إلى الخريطة
key-go-story = إلى القصّة
key-candidate = اختر المرشّح، ثم Enter للإسناد

# Proving it is oneself
step-up-title = أكّد أنك أنت
step-up-text = ما طلبته يحتاج رمز التحقّق من جديد. بعده يُنفَّذ وحده، ولا نسألك ثانية قبل خمس دقائق.
step-up-not-now = ليس الآن
step-up-do = تابع

# Security
security-title = الأمان
security-sub = الأجهزة، كلمة المرور، رمز التحقّق
devices-title = أجهزتك
devices-text = حيث حسابك مفتوح. أخرج كل جهاز لا تعرفه.
factor-title = التحقّق الثاني
factor-text = مع كلمة المرور، شيء في يدك أنت وحدك.
app-title = تطبيق التحقّق
app-in-use = مستعمل. يُطلب رمزه عند الدخول، وقبل ما لا رجعة فيه.
app-none = لا تطبيق لهذا الحساب. اطلبه من مسؤول النظام.
app-another = أعدّ تطبيقًا آخر
app-changed = التطبيق الجديد هو المستعمل، ولم يعد القديم يصلح
enrol-title = إعداد التطبيق الجديد
enrol-scan = امسح هذا الرمز بتطبيق التحقّق في جوّالك.
enrol-qr = رمز QR فيه مفتاح التطبيق الجديد
enrol-type = أو اكتب فيه هذا المفتاح:
enrol-code = رمز التطبيق الجديد
enrol-code-hint = إلى أن تؤكّده خلال 15 دقيقة يبقى التطبيق القديم هو المستعمل.
enrol-keep-old = أبقِ القديم
enrol-do = استعمل الجديد
copy = انسخ
copied = نُسخ
not-copied = لم يسمح متصفّحك بالنسخ. حدّد النص وانسخه بنفسك.
save-file = احفظه ملفًّا
kept-title = رموز الاسترداد
kept-left = { $n ->
    [0] لم يبقَ منها شيء
    [one] بقي واحد من 10
    [two] بقي اثنان من 10
    [few] بقي { $n } من 10
    [many] بقي { $n } من 10
   *[other] بقي { $n } من 10
}
kept-few = اصنع غيرها وجوّالك معك: من دونها لا تدخل إن فقدته.
kept-renew = اصنع رموزًا جديدة
kept-renew-title = تصنع عشرة رموز جديدة؟
kept-renew-text = الرموز التي حفظتها من قبل لن تصلح بعدها.
kept-renew-do = اصنعها
kept-renew-not = أبقِ القديمة
kept-new = رموز الاسترداد الجديدة
kept-once = تظهر هذه المرة فقط. احفظها في غير جوّالك: على ورقة، أو في برنامج كلمات المرور. كل رمز يُدخلك مرة واحدة بدل رمز التطبيق.
kept-file-head = خدمة: رموز الاسترداد. كل رمز يصلح مرة واحدة.
kept-done = حفظتها
password-title = كلمة المرور
password-text = تغييرها يُخرج أجهزتك الأخرى.
password-current = كلمة المرور الحالية
password-current-missing = اكتب كلمة المرور التي تستعملها الآن.
password-new = كلمة المرور الجديدة
password-rules = 12 حرفًا فأكثر، من أي نوع: تكفي جملة. ليست بريدك، ولا مما يستعمله الجميع.
password-short = قصيرة. اجعلها 12 حرفًا فأكثر.
password-do = غيّر كلمة المرور
password-changed = { $n ->
    [0] تغيّرت كلمة المرور
    [one] تغيّرت كلمة المرور، وخرج جهاز آخر
    [two] تغيّرت كلمة المرور، وخرج جهازان آخران
    [few] تغيّرت كلمة المرور، وخرجت { $n } أجهزة أخرى
    [many] تغيّرت كلمة المرور، وخرج { $n } جهازًا آخر
   *[other] تغيّرت كلمة المرور، وخرج { $n } جهاز آخر
}

# Staff
nav-staff = الموظفون
staff-not-yours = حسابات الموظفين ليست ضمن صلاحياتك
staff-none = لا أحد في هذه الحالة
staff-invited = مدعوّ
staff-active = نشط
staff-disabled = معطّل
col-name = الاسم
col-roles = الأدوار
col-signed-in = آخر دخول
never = لم يدخل بعد
factor-yes = مُعدّ
factor-no = ليس بعد
zones-all = كل المناطق
zones-some = هذه المناطق
roles-rule = مسؤول النظام لا يرى مالًا ولا وثائق. والمدقّق يقرأ كل شيء ولا يجمع معه دورًا آخر.
roles-missing = اختر دورًا واحدًا على الأقل.
staff-invite = ادعُ موظفًا
staff-invite-title = دعوة زميل
staff-invite-text = يأخذ منك رابطًا، يختار به كلمة مرور ويُعدّ تطبيق التحقّق.
staff-name-missing = اكتب اسمه.
staff-email-missing = اكتب بريده في العمل.
staff-invite-do = اصنع الرابط
staff-invited-toast = صُنعت الدعوة
link-once = سلّمه لصاحبه وحده: يظهر هذه المرة فقط، ويصلح حتى { $until }.
link-label = الرابط
link-done = سلّمته
staff-own = هذا حسابك أنت. يغيّر أدوارَه مسؤول آخر، وأجهزتك وكلمة مرورك ورمز التحقّق في صفحة الأمان.
staff-since = الحساب منذ
staff-disabled-at = عُطّل { $when }: { $reason }
staff-devices = أين هو داخل
roles-do = احفظ الأدوار
roles-note = يخرج من كل أجهزته، وتكون له الأدوار الجديدة حين يدخل ثانية.
roles-changed = تغيّرت الأدوار
staff-look-again = انظر إليه ثانية
ways-in = طرق الدخول
ways-in-text = لمن تعرف أنه هو حقًّا، فقط.
way-password = نسي كلمة المرور
way-password-do = اصنع رابط كلمة مرور
way-factor = فقد الجوّال الذي فيه تطبيق التحقّق
way-factor-do = أعد ضبط التحقّق الثاني
way-factor-title = تعيد ضبط التحقّق الثاني؟
way-factor-text = لن يصلح تطبيقه ولا رموز استرداده ولا أجهزته من الآن. يُعدّ تطبيقًا جديدًا بالرابط الذي يظهر لك.
way-invited = ضاع الرابط، أو انتهى يومه
way-invited-do = اصنع رابطًا جديدًا
way-invited-title = تصنع رابطًا جديدًا؟
way-invited-text = الرابط السابق لن يصلح بعده.
disable = عطّل
disable-text = ترك العمل، أو في الأمر ما يريب: لا يدخل أحد بهذا الحساب بعد الآن.
disable-title = تعطّل هذا الحساب؟
disable-what = يخرج من كل أجهزته حالًا. يبقى ما فعله مسجّلًا، وتستطيع تفعيل الحساب ثانية.
disable-reason = السبب
disable-reason-hint = يقرؤه المسؤولون الآخرون والمدقّقون.
disable-reason-missing = اكتب السبب: يُحفظ مع الحساب.
disable-keep = اتركه
staff-disabled-toast = عُطّل الحساب
enable = فعّل
enable-text = يدخل كما كان.
staff-enabled-toast = فُعّل الحساب

# Passkeys
keys-heading = مفاتيح المرور
keys-what = مفتاح في هذا الجهاز أو في جوّالك، تفتحه ببصمة أو بوجهك أو برمز. لا تطلبه صفحة غير صفحتنا.
passkeys-none = ليس لك مفتاح مرور بعد.
passkeys-unable = هذا المتصفّح لا يعرف مفاتيح المرور.
passkey-add = أضف مفتاح مرور
passkey-add-title = إضافة مفتاح مرور
passkey-add-text = بعدها يسألك متصفّحك أين يحفظه.
passkey-name = اسمه
passkey-name-hint = لتعرفه في هذه القائمة، مثل «حاسوب العمل».
passkey-name-missing = سمّه باسم من حرف إلى 80 حرفًا.
passkey-add-do = اصنعه
passkey-added = أُضيف مفتاح المرور
passkey-since = أُضيف { $day }
passkey-used = آخر استعمال: { $when }
passkey-unused = لم يُستعمل بعد
passkey-blocked = موقوف
passkey-blocked-text = يبدو أن { $name } نُسخ، فلم يعد يفتح شيئًا. احذفه.
passkey-rename = غيّر اسم { $name }
passkey-rename-title = تغيير اسم مفتاح المرور
passkey-rename-do = غيّر الاسم
passkey-renamed = تغيّر الاسم
passkey-remove = احذف { $name }
passkey-remove-title = تحذف { $name }؟
passkey-remove-text = لن يفتح شيئًا بعدها. ويبقى تطبيق التحقّق.
passkey-remove-do = احذفه
passkey-remove-not = أبقه
passkey-removed = حُذف مفتاح المرور

# Data requests
nav-privacy = طلبات البيانات
privacy-not-yours = طلبات البيانات ليست ضمن صلاحياتك
privacy-lists = الطلبات حسب حالها
privacy-open = المفتوحة
privacy-ended = المنتهية
privacy-none-open = لا طلب ينتظر جوابًا
privacy-none-open-text = حين يطلب أحد نسخة من بياناته أو تصحيحها أو حذفها، يظهر طلبه هنا مع مهلته.
privacy-none-ended = لم ينتهِ طلب بعد
privacy-none-ended-text = ما يُجاب عنه يبقى هنا.
col-time-left = الباقي للجواب
col-request = الطلب
col-waits-for = ينتظر
col-due = آخر موعد للجواب
col-received = وصل
col-ended = انتهى
privacy-received = وصل: { $when }
privacy-extended = مُدّد مرة
privacy-too-large = أكبر من أن تُجهَّز آليًا: أجب عنه بنفسك
urgency-calm = في المهلة
urgency-half = مضى نصف المهلة
urgency-late = مضى 80% من المهلة
urgency-overdue = فاتت المهلة
urgency-was-in-time = انتهى في المهلة
urgency-was-late = انتهى بعد المهلة
against-booking = زيارة لم تنتهِ
against-money = مبلغ محجوز أو مستحقّ
against-refund = مبلغ في طريقه إلى البطاقة
against-work = عمله معنا
privacy-who = صاحب الطلب
privacy-erased = حُذف حسابه
privacy-phone = آخر أرقام جواله
privacy-begins = يبدأ الحذف
privacy-text = ما كتبه صاحب الطلب
privacy-reason = سبب التمديد
privacy-answer = الجواب
privacy-steps = ما حُذف وما بقي
privacy-steps-none = لم يُحذف شيء بعد.
privacy-kept = { $what } ({ $count })
privacy-kept-nothing = لم يبقَ شيء.
basis-tax = يُلزمنا نظام الضريبة بحفظه ست سنوات
basis-ledger = دفتر لا يُمحى منه، وليس فيه أسماء
basis-proof = إثبات لما اتُّفق عليه وطُلب وأُجيب
basis-audit = سجلّ من فعل ماذا
basis-others = يخصّ غيره أيضًا، ولم يعد فيه اسمه
holder-identity = الحساب والدخول
holder-bookings = الحجوزات والزيارات
holder-settlement = المدفوعات
holder-notify = الرسائل
holder-location = الأماكن والمواقع
holder-dispatch = الإسناد
holder-vendors = المزوّدون
holder-platform = سجلّ التدقيق
kept-account = صفّ الحساب بلا بيانات
kept-audit = سجلّ التدقيق
kept-assignments = الإسنادات
kept-bookings = الحجوزات والفواتير
kept-consents = الموافقات
kept-extras = التكاليف الإضافية
kept-holds = المدفوعات
kept-offers = العروض
kept-photos = صور التقطها غيره
kept-quotes = الأسعار المثبّتة
kept-ratings = التقييمات
kept-requests = الطلبات
kept-story = قصص الزيارات
kept-technician = ملف الفنّي
kept-vendor = ملف المزوّد
kept-visits = الزيارات
kept-wallet = قيود المحفظة
privacy-complete = أُنجز التصحيح
privacy-complete-title = صُحّحت المعلومة؟
privacy-complete-label = ماذا صُحّح؟
privacy-completed-toast = أُجيب الطلب
privacy-extend = مدّد المهلة
privacy-extend-title = تمدّد المهلة 30 يومًا؟
privacy-extend-label = لماذا نحتاج وقتًا أطول؟
privacy-extended-toast = مُدّدت المهلة
privacy-refuse = ارفض الطلب
privacy-refuse-title = ترفض هذا الطلب؟
privacy-refuse-label = لماذا؟
privacy-refused-toast = رُفض الطلب
privacy-read-by = يقرؤه صاحب الطلب كما تكتبه. اكتب بلغته، وبلطف، وبما يفهمه.
privacy-text-missing = اكتب ما يقرؤه صاحب الطلب.
privacy-keep = تراجع
