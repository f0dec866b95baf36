# كلمات نظام التصميم. تُكتب العربية أولًا.

## المال
currency = ر.س
total = الإجمالي
vat-inside = منه ضريبة 15%

## الوقت
am = ص
pm = م
weekday = { $day ->
    [sun] الأحد
    [mon] الاثنين
    [tue] الثلاثاء
    [wed] الأربعاء
    [thu] الخميس
    [fri] الجمعة
   *[sat] السبت
 }
month = { $month ->
    [m1] يناير
    [m2] فبراير
    [m3] مارس
    [m4] أبريل
    [m5] مايو
    [m6] يونيو
    [m7] يوليو
    [m8] أغسطس
    [m9] سبتمبر
    [m10] أكتوبر
    [m11] نوفمبر
   *[m12] ديسمبر
 }
hijri-month = { $month ->
    [m1] محرّم
    [m2] صفر
    [m3] ربيع الأول
    [m4] ربيع الآخر
    [m5] جمادى الأولى
    [m6] جمادى الآخرة
    [m7] رجب
    [m8] شعبان
    [m9] رمضان
    [m10] شوّال
    [m11] ذو القعدة
   *[m12] ذو الحجّة
 }
date = { $weekday } { $day } { $month }
date-with-year = { $weekday } { $day } { $month } { $year }
hijri-date = { $day } { $month } { $year }هـ
today = اليوم
tomorrow = غدًا
yesterday = أمس
day-and-time = { $day }، { $time }
slot-same = بين { $from } و{ $to } { $half }
slot-across = بين { $from } { $half } و{ $to } { $end_half }
slot-exact = بين { $from } و{ $to }
half = { $half ->
    [am] صباحًا
    [noon] ظهرًا
   *[pm] مساءً
 }
now = الآن
in-minutes = { $n ->
    [one] بعد دقيقة
    [two] بعد دقيقتين
    [few] بعد { $n } دقائق
    [many] بعد { $n } دقيقة
   *[other] بعد { $n } دقيقة
 }
minutes-ago = { $n ->
    [one] قبل دقيقة
    [two] قبل دقيقتين
    [few] قبل { $n } دقائق
    [many] قبل { $n } دقيقة
   *[other] قبل { $n } دقيقة
 }
seconds-ago = { $n ->
    [one] قبل ثانية
    [two] قبل ثانيتين
    [few] قبل { $n } ثوانٍ
    [many] قبل { $n } ثانية
   *[other] قبل { $n } ثانية
 }
minutes = { $n ->
    [zero] أقل من دقيقة
    [one] دقيقة
    [two] دقيقتان
    [few] { $n } دقائق
    [many] { $n } دقيقة
   *[other] { $n } دقيقة
 }
hours = { $n ->
    [one] ساعة
    [two] ساعتان
    [few] { $n } ساعات
    [many] { $n } ساعة
   *[other] { $n } ساعة
 }
hours-and-minutes = { $hours } و{ $minutes }
in-days = { $n ->
    [one] بعد يوم
    [two] بعد يومين
    [few] بعد { $n } أيام
    [many] بعد { $n } يومًا
   *[other] بعد { $n } يوم
 }
days-late = { $n ->
    [one] متأخّر يومًا
    [two] متأخّر يومين
    [few] متأخّر { $n } أيام
    [many] متأخّر { $n } يومًا
   *[other] متأخّر { $n } يوم
 }

## المسافة والحجم
metres = { $n } م
kilometres = { $n } كم
kilobytes = { $n } كيلوبايت
megabytes = { $n } ميغابايت

## الوعد
sla-safe = ضمن الوعد
sla-watch = راقِب
sla-risk = في خطر
sla-breach = متأخّر
sla-paused = متوقّفة
clock-respond = باقٍ للإسناد
clock-arrive = باقٍ للوصول
clock-complete = باقٍ للإنجاز
clock-watch = راقِب: مضى نصف الوقت
clock-risk = في خطر: مضى 80%
clock-breach = فات الموعد
clock-paused-customer = متوقّفة بانتظار العميل
clock-paused-approval = متوقّفة بانتظار الموافقة
clock-paused-parts = متوقّفة بانتظار قطعة
clock-paused = متوقّفة
clock-met = تمّ في الموعد
clock-missed = تمّ بعد الموعد
clock-cancelled = أُلغيت
time-left = { $n ->
    [one] بقيت دقيقة
    [two] بقيت دقيقتان
    [few] بقيت { $n } دقائق
    [many] بقيت { $n } دقيقة
   *[other] بقيت { $n } دقيقة
 }
promise-early = { $n ->
    [zero] الوصول المتوقّع { $eta }، في الموعد الموعود تمامًا
    [one] الوصول المتوقّع { $eta }، قبل الوعد بدقيقة
    [two] الوصول المتوقّع { $eta }، قبل الوعد بدقيقتين
    [few] الوصول المتوقّع { $eta }، قبل الوعد بـ{ $n } دقائق
    [many] الوصول المتوقّع { $eta }، قبل الوعد بـ{ $n } دقيقة
   *[other] الوصول المتوقّع { $eta }، قبل الوعد بـ{ $n } دقيقة
 }
promise-late = { $n ->
    [zero] الوصول المتوقّع { $eta }، في الموعد الموعود تمامًا
    [one] الوصول المتوقّع { $eta }، بعد الوعد بدقيقة
    [two] الوصول المتوقّع { $eta }، بعد الوعد بدقيقتين
    [few] الوصول المتوقّع { $eta }، بعد الوعد بـ{ $n } دقائق
    [many] الوصول المتوقّع { $eta }، بعد الوعد بـ{ $n } دقيقة
   *[other] الوصول المتوقّع { $eta }، بعد الوعد بـ{ $n } دقيقة
 }
promise-until = الموعد الموعود { $deadline }
promise-passed = مضى الموعد الموعود { $deadline }
promise-kept = تمّ { $done }، قبل الموعد الموعود { $deadline }
promise-missed = تمّ { $done }، بعد الموعد الموعود { $deadline }

## حالة العمل، كما يراها الموظّف
job-queued = في الانتظار
job-offered = معروض
job-assigned = مُسنَد
job-en-route = في الطريق
job-arrived = وصل
job-in-progress = قيد العمل
job-awaiting-approval = بانتظار موافقة
job-finished = بانتظار القبول
job-closed = مُغلق
job-failed = تعذّر
job-cancelled = ملغى

## حالة الحجز، كما يراها العميل
booking-awaiting-payment = بانتظار الدفع
booking-looking = نبحث عن فنّيك
booking-confirmed = حُجز موعدك
booking-assigned = وجدنا فنّيك
booking-en-route = في الطريق إليك
booking-arrived = وصل إليك
booking-working = يعمل الآن
booking-awaiting-approval = بانتظار موافقتك
booking-awaiting-acceptance = بانتظار قبولك
booking-done = تمّ
booking-cancelled = ملغى
booking-expired = انتهى دون فنّي
booking-unpaid = انتهى دون دفع
booking-disputed = قيد المراجعة
booking-failed = لم تتمّ الزيارة

## الطلبات عن البيانات
request-export = نسخة من البيانات
request-erasure = حذف الحساب
request-correction = تصحيح معلومة
request-received = وصل
request-blocked = ينتظر
request-running = يُنفَّذ الآن
request-done = تمّ
request-refused = رُفض
request-cancelled = تُرك

## الحقول
optional = اختياري
phone-hint = رقم جوال سعودي يبدأ بـ5
code-label = { $n ->
    [one] رمز من رقم
    [two] رمز من رقمين
    [few] رمز من { $n } أرقام
    [many] رمز من { $n } رقمًا
   *[other] رمز من { $n } رقم
 }
stars-of = { $n ->
    [one] نجمة
    [two] نجمتان
    [few] { $n } نجوم
    [many] { $n } نجمة
   *[other] { $n } نجمة
 }
rating-of = { $value } من 5
rating = التقييم
step-of = الخطوة { $n } من { $of }

## المشاكل
offline-bar = بلا اتصال. نعرض آخر ما وصلنا.
update-ready = نسخة أحدث جاهزة.
update-now = حدّث الآن
try-again = أعد المحاولة
part-missing = لم يُحمّل هذا الجزء من التطبيق. تحقّق من الاتصال ثم أعد المحاولة.
for-support = للدعم: { $id }
trouble-offline = بلا اتصال.
trouble-timeout = تأخّر الردّ.
trouble-signed-out = انتهت جلستك.
trouble-broken = تعذّر ذلك من جهتنا.
loading = يجري التحميل
taking-long = يستغرق هذا أكثر من المعتاد.

## الحوار والقوائم
close = إغلاق
dismiss = أخفِ
undo = تراجع
palette-title = لوحة الأوامر
palette-field = اكتب أمرًا أو رقم حجز
palette-none = لا شيء بهذه الكلمات.
palette-found = { $n ->
    [zero] لا نتائج
    [one] نتيجة واحدة
    [two] نتيجتان
    [few] { $n } نتائج
    [many] { $n } نتيجة
   *[other] { $n } نتيجة
 }
qr-label = رمز QR
story-done = تمّ
story-warn = تنبيه
story-current = الآن
story-todo = لاحقًا

## الأسرار والأجهزة
password-show = أظهر
password-hide = أخفِ
app-code = رمز تطبيق التحقّق
app-code-hint = ستة أرقام تتغيّر كل 30 ثانية.
app-code-short = الرمز ستة أرقام. انظره في تطبيق التحقّق.
kept-code = رمز الاسترداد
kept-code-hint = واحد مما حفظته، مثل 7Q2M-9K4T-2H8W-5R3N. كل رمز يصلح مرة واحدة.
kept-code-short = رمز الاسترداد 16 حرفًا ورقمًا.
use-kept-code = جوّالك ليس معك؟ استعمل رمز استرداد
use-app-code = استعمل تطبيق التحقّق
device-unnamed = جهاز لم يذكر اسمه
device-this = هذا الجهاز
device-in-use = قيد الاستعمال الآن
device-used = آخر استعمال: { $when }
device-since = دخل { $day }
device-end = إخراج
device-end-of = إخراج { $name }
device-ended = خرج ذلك الجهاز من حسابك
devices-none = لا جهاز داخل الآن
devices-end-others = أخرج كل الأجهزة الأخرى
devices-end-title = تُخرج كل الأجهزة الأخرى؟
devices-end-text = يبقى هذا الجهاز داخلًا، وتحتاج البقية إلى الدخول من جديد.
devices-end-all = أخرج كل الأجهزة
devices-end-all-title = تُخرجه من كل أجهزته؟
devices-end-all-text = يحتاج كل جهاز له إلى الدخول من جديد.
devices-end-do = أخرجها
devices-keep = اتركها
devices-ended = { $n ->
    [0] لا أجهزة أخرى في حسابك
    [one] خرج جهاز واحد
    [two] خرج جهازان
    [few] خرجت { $n } أجهزة
    [many] خرج { $n } جهازًا
   *[other] خرج { $n } جهاز
 }
