from django.urls import include, path

from apps.teams.views import invitations, joining, organizations, teams

app_name = "teams"

invitation_urls = [
    path("", joining.invitation, name="invitation"),
    path("sign-up/", joining.sign_up, name="sign_up"),
]

organization_urls = [
    path("", organizations.organization, name="organization"),
    path("rename/", organizations.rename_organization, name="rename_organization"),
    path("admins/", organizations.add_admin, name="add_admin"),
    path("admins/<int:person_pk>/remove/", organizations.remove_admin, name="remove_admin"),
]

team_urls = [
    path("", teams.detail, name="detail"),
    path("rename/", teams.rename, name="rename"),
    path("archive/", teams.archive, name="archive"),
    path("restore/", teams.restore, name="restore"),
    path("leave/", teams.leave, name="leave"),
    path("people/<int:pk>/role/", teams.change_role, name="change_role"),
    path("people/<int:pk>/remove/", teams.remove, name="remove"),
    path("invite/", invitations.invite, name="invite"),
    path("invitations/<int:pk>/resend/", invitations.resend, name="resend"),
    path("invitations/<int:pk>/withdraw/", invitations.withdraw, name="withdraw"),
]

# A team never gets one of the first three words as its slug: see models.TAKEN_SLUGS.
urlpatterns = [
    path("", teams.list_teams, name="list"),
    path("new/", teams.new, name="new"),
    path("invitations/<str:token>/", include(invitation_urls)),
    path("organizations/<int:pk>/", include(organization_urls)),
    path("<slug:slug>/", include(team_urls)),
]
